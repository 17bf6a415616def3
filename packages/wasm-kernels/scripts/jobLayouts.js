// Asks the compiler for the records of jobs (see assembly/job.ts): per kernel, the names, types and offsets of the
// fields. From these the build writes the layouts that the host fills in, and their TypeScript types.

/** A transform for asc that writes the layout of every exported kernel's job into `layouts`, by the kernel's name. */
export function layoutsInto(layouts) {
  return class {
    afterCompile() {
      // asc stores the program in the prototype of a transform.
      const { program } = this;
      for (const [kernel, prototype] of program.filesByName.get('assembly/index').exports) {
        const [[, instance] = []] = prototype.instances ?? [];
        const job = instance?.signature.parameterTypes[0]?.classReference;
        if (!job) throw new Error(`the first parameter of ${kernel} must be the record of its job`);
        layouts[kernel] = layoutOf(program, job);
      }
    }
  };
}

/** { bytes, fields: [{ name, offset, type, … }] } of a class, inherited fields first. */
function layoutOf(program, record) {
  const fields = [];
  for (const [name, { instance, fieldDeclaration }] of record.members) {
    if (!instance?.isField) continue;
    fields.push({ name, offset: instance.memoryOffset, ...typeOf(program, instance.type, fieldDeclaration) });
  }
  fields.sort((a, b) => a.offset - b.offset);
  // In a list each record begins at a whole word.
  return { bytes: (record.nextMemoryOffset + 3) & ~3, fields };
}

function typeOf(program, type, fieldDeclaration) {
  const [listed] = type.classReference?.typeArguments ?? [];
  if (listed) return { type: 'list', of: layoutOf(program, listed.classReference) };
  const declared = fieldDeclaration.type.name.identifier.text;
  if (['usize', 'i32', 'f32', 'bool'].includes(declared)) return { type: declared };
  return { type: 'choice', names: namesOf(program, declared) };
}

/** The names of an enumeration, whose values count up from 0. */
function namesOf(program, enumeration) {
  const elements = [...program.elementsByName].filter(([path]) => path.endsWith(`/${enumeration}`));
  const values = elements.length === 1 ? elements[0][1].declaration.values : undefined;
  if (!values || values.some(({ initializer }) => initializer)) {
    throw new Error(`${enumeration} must be an enumeration whose values count up from 0`);
  }
  return values.map(({ name }) => name.text);
}

/** The type of a job's fields, in TypeScript. */
export function typeOfFields({ fields }) {
  const types = { usize: 'number', i32: 'number', f32: 'number', bool: 'boolean' };
  const typeOf = (field) => {
    if (field.type === 'list') return `readonly ${typeOfFields(field.of)}[]`;
    if (field.type === 'choice') return field.names.map((name) => `'${name}'`).join(' | ');
    return types[field.type];
  };
  return `{ ${fields.map((field) => `readonly ${field.name}: ${typeOf(field)}`).join('; ')} }`;
}
