import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const sidebarOfApi = join(root, 'apps/docs/generated/api/typedoc-sidebar.json');

/** The page of a document; documents stay where the repository has them. */
function pageOf(document) {
  return document
    .replace(/^apps\/docs\/generated\//, '')
    .replace(/^apps\/trainer\/README\.md$/, 'packages/normlab.md')
    .replace(/^packages\/([^/]+)\/README\.md$/, 'packages/$1.md')
    .replace(/^docs\//, '')
    .replace(/README\.md$/, 'index.md')
    .replace(/^(CONTRIBUTING|SECURITY|CODE_OF_CONDUCT)\.md$/, (name) => name.toLowerCase());
}

/** Links between documents lead to their pages; a link to a file that is no page becomes plain text. */
function linkPages(markdown) {
  markdown.core.ruler.push('link-pages', ({ tokens, env }) => {
    for (const { children } of tokens) {
      let isPlain = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const page = pageOfLink(env.realPath ?? env.path, token.attrGet('href') ?? '');
          isPlain = page === undefined;
          if (!isPlain) token.attrSet('href', page);
        }
        if (isPlain && ['link_open', 'link_close'].includes(token.type)) {
          isPlain = token.type === 'link_open';
          Object.assign(token, { type: 'text', tag: '', content: '', attrs: null, nesting: 0 });
        }
      }
    }
  });
}

function pageOfLink(document, link) {
  if (/^(\w+:|#|\/)/.test(link)) return link;
  const [path, heading] = link.split('#');
  const named = resolve(dirname(document), decodeURI(path));
  // A file that does not exist stays a link, for the check of dead links.
  if (!existsSync(named)) return link;
  const target = statSync(named).isDirectory() ? join(named, 'README.md') : named;
  if (!target.endsWith('.md') || !existsSync(target)) return undefined;
  return `/${pageOf(relative(root, target))}${heading === undefined ? '' : `#${heading}`}`;
}

const guides = readFileSync(join(root, 'docs/guides/README.md'), 'utf8');
const packages = readFileSync(join(root, 'README.md'), 'utf8');

export default defineConfig({
  title: 'normlab',
  description: 'Normalization for TensorFlow.js',
  srcDir: root,
  srcExclude: [
    '**/CHANGELOG.md',
    '**/{test,templates,runs}/**',
    'packages/{pages,testing}/README.md',
    'apps/docs/README.md',
  ],
  outDir: 'dist',
  rewrites: pageOf,
  markdown: { config: linkPages },
  themeConfig: {
    search: { provider: 'local' },
    outline: 'deep',
    nav: [
      { text: 'Guides', link: '/guides/' },
      { text: 'API', link: '/api/' },
      { text: 'Laws', link: '/laws' },
      { text: 'Evidence', link: '/evidence/' },
      { text: 'Performance', link: '/performance' },
    ],
    sidebar: {
      '/api/': existsSync(sidebarOfApi) ? JSON.parse(readFileSync(sidebarOfApi, 'utf8')) : [],
      '/': [
        {
          text: 'Guides',
          items: [...guides.matchAll(/^- \[(.*)\]\(\.\/(.*)\.md\)$/gm)].map(([, text, page]) => ({
            text,
            link: `/guides/${page}`,
          })),
        },
        {
          text: 'Packages',
          items: [...packages.matchAll(/\[`([^`]+)`\]\(((?:packages|apps)\/\w[^)]*README\.md)\)/g)].map(
            ([, text, document]) => ({ text, link: `/${pageOf(document)}` }),
          ),
        },
        {
          text: 'What was measured',
          items: [
            { text: 'Laws', link: '/laws' },
            { text: 'Evidence', link: '/evidence/' },
            { text: 'Performance', link: '/performance' },
            { text: 'Performance with 256 bits', link: '/performance-wide' },
            { text: 'Performance with 256 bits and AVX-2', link: '/performance-wide-avx2' },
            { text: 'Performance with AVX-512', link: '/performance-avx512' },
            { text: 'Performance with AVX-2', link: '/performance-avx2' },
            { text: 'Reliability', link: '/reliability' },
            { text: 'Tests that can fail', link: '/testing' },
            { text: 'Layers of tf.layers', link: '/tf-layers' },
            { text: 'GPU machines', link: '/gpu' },
          ],
        },
        {
          text: 'Project',
          items: [
            { text: 'Contributing', link: '/contributing' },
            { text: 'Security', link: '/security' },
          ],
        },
      ],
    },
  },
});
