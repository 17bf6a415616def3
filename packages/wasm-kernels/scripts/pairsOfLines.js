// Writes, for the wide build, a second method beside each `line` of assembly/winogradLines*.ts: `pair` does the same for
// two neighbouring vectors, every operation on the one directly followed by that on the other, so that the engine can
// join the two. Loads come first, since it joins nothing across a store.

/** The source of a file with programs of lines, with their pairs. */
export function withPairs(source) {
  const methods = source.replaceAll(
    /( {2}\/\/ @ts-ignore: decorator\n {2}@inline\n {2}line)(\(.*\): void \{\n)([\s\S]*?)( {2}\}\n)/g,
    (line, _start, head, body, end) =>
      `${line}\n  // @ts-ignore: decorator\n  @inline\n  pair${head}${pairOf(body)}${end}`,
  );
  return methods
    .replaceAll(
      /(\/\/ @ts-ignore: decorator\n@inline\nexport function storeSums)(\([\s\S]*?\): void \{\n)([\s\S]*?)(\n\}\n)/g,
      (sums, start, head, body, end) => `${sums}\n${start}OfPair${head}${pairOf(`${body}\n`)}${end}`,
    )
    .replace('import { storeSums }', 'import { storeSums, storeSumsOfPair }');
}

/** Statements that declare, assign or store one vector, each of them doubled. */
function pairOf(body) {
  const vectors = [...body.matchAll(/\b(?:const|let) (\w+) =/g)].map(([, name]) => name);
  const loads = [...new Set(body.match(/v128\.load\([^()]*\)/g) ?? [])];
  const ofSecond = (text) =>
    text.replaceAll(/\b[a-z]\w*\b/g, (name) =>
      vectors.includes(name) || /^loaded\d+$/.test(name) ? `${name}Next` : name,
    );
  const loading = loads.flatMap((load, i) => [
    `const loaded${i} = ${load};`,
    `const loaded${i}Next = ${load.replace(/\)$/, ', VECTOR)')};`,
  ]);
  const statements = body
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
    .map((statement) => loads.reduce((text, load, i) => text.replaceAll(load, `loaded${i}`), statement));
  return [...loading, ...statements.flatMap((statement) => doubled(statement, ofSecond))]
    .map((statement) => `    ${statement}\n`)
    .join('');
}

function doubled(statement, ofSecond) {
  if (/^(const|let) \w+ = /.test(statement) || /^\w+ = /.test(statement))
    return [`${statement};`, `${ofSecond(statement)};`];
  if (statement.startsWith('storeSums(')) return [`${statement.replace('storeSums(', 'storeSumsOfPair(')};`];
  const [, condition = '', store] = /^(if \([^()]*\) )?(v128\.store\([\s\S]*\))$/.exec(statement) ?? [];
  if (store === undefined)
    throw new Error(`not a statement of a line's program, so it has no pair: ${statement}`);
  const second = ofSecond(store).replace(/\)$/, ', VECTOR)');
  return condition === ''
    ? [`${store};`, `${second};`]
    : [`${condition}{`, `  ${store};`, `  ${second};`, '}'];
}
