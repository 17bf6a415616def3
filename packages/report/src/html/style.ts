/**
 * The colours of reports and figures, light and dark. The series have those of Okabe and Ito's palette, which
 * colour-blind readers can tell apart, darkened or lightened to a contrast of at least 3 : 1 with the page.
 */
export const colors = `:root{color-scheme:light dark;--page:#fff;--ink:#1a1c1f;--soft:#565b63;--line:#d3d6da;--shade:#f4f5f7;
--series-1:#0072b2;--series-2:#c04a00;--series-3:#00805d;--series-4:#a8497f;--series-5:#8a6d00;--series-6:#2a8ab8;--series-7:#444;
--yes:#00694d;--no:#a93200;--open:#565b63}
@media (prefers-color-scheme:dark){:root{--page:#16181b;--ink:#e8eaed;--soft:#a9afb8;--line:#3a3f46;--shade:#1f2226;
--series-1:#56b4e9;--series-2:#f28e52;--series-3:#3ccfa0;--series-4:#e29ac4;--series-5:#e0c23a;--series-6:#8ecae6;--series-7:#c9ccd1;
--yes:#3ccfa0;--no:#f28e52;--open:#a9afb8}}
`;

/** The report's style. */
export const style = `
${colors}*{box-sizing:border-box}
body{margin:0 auto;max-width:66rem;padding:1.5rem 1.25rem 4rem;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:1.75rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.3rem;margin:2.5rem 0 .75rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
a{color:var(--series-1)}
:focus-visible{outline:2px solid var(--series-1);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--page);padding:.25rem .5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0;margin:1rem 0}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;min-width:100%;font-size:.9rem}
caption{text-align:left;font-weight:600;padding:.25rem 0 .5rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .9rem .35rem 0;border-bottom:1px solid var(--line)}
th[scope=col]{color:var(--soft);font-weight:600;vertical-align:bottom}
th[scope=row]{font-weight:500}
.number{font-variant-numeric:tabular-nums;white-space:nowrap}
.long{min-width:18rem}
.mark{font-weight:700;white-space:nowrap}
.mark::before{display:inline-block;width:1.1em}
.supported{color:var(--yes)}.supported::before{content:"✓"}
.contradicted{color:var(--no)}.contradicted::before{content:"✗"}
.undecided{color:var(--open)}.undecided::before{content:"?"}
figure{margin:1.5rem 0 2rem}
figcaption{color:var(--soft);max-width:46rem}figcaption strong{color:var(--ink)}
figure svg{display:block;max-width:100%;height:auto;min-width:30rem;--plot-background:var(--page);color:var(--ink);background:var(--page)}
details{font-size:.9rem}summary{cursor:pointer;color:var(--soft)}
pre{background:var(--shade);padding:.75rem 1rem;overflow-x:auto;font-size:.85rem;border-radius:.25rem}
@media print{:root{color-scheme:light;--page:#fff;--ink:#000;--soft:#333;--line:#999;--shade:#fff;
--series-1:#0072b2;--series-2:#c04a00;--series-3:#00805d;--series-4:#a8497f;--series-5:#8a6d00;--series-6:#2a8ab8;--series-7:#444;
--yes:#00694d;--no:#a93200;--open:#333}
body{max-width:none;padding:0;font-size:10.5pt}nav,.skip,details{display:none}
.scroll{overflow:visible}figure,tr,pre{break-inside:avoid}h2{break-after:avoid}
table{font-size:8.5pt}th,td{padding-right:.5rem}pre{white-space:pre-wrap;border:1px solid var(--line)}figure svg{max-width:16cm;min-width:0}}
`;
