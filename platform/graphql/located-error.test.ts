import { buildSchema, type DocumentNode, type ExecutionResult, execute, parse, Source } from 'graphql';
import { maxExecutionErrors } from './located-error';
import { OperationExecutor } from './operation-executor';

const schema = buildSchema('type Query { broken: Int sure: Int! part: Query list: [Query] }');
const broken = (): never => {
  throw new Error('Broken');
};
const query = schema.getQueryType()!.getFields();
query['broken']!.resolve = broken;
query['sure']!.resolve = async () => broken();
query['part']!.resolve = () => ({});
query['list']!.resolve = () => Array.from({ length: 100 }, () => ({}));

async function run(text: string): Promise<ExecutionResult> {
  return new OperationExecutor(schema).execute({ query: text }, parse(text), {});
}

/** How often the text of a document is read while its operation runs. */
async function textReads(
  text: string,
  work: (document: DocumentNode) => ExecutionResult | Promise<ExecutionResult>,
): Promise<number> {
  const source = new Source(text);
  const document = parse(source);
  let reads = 0;
  Object.defineProperty(source, 'body', {
    get: () => {
      reads++;
      return text;
    },
  });
  expect((await work(document)).errors).toHaveLength(500);
  return reads;
}

describe('the errors of an execution', () => {
  it.each(['\n', '\r\n', '\r'])(
    'have the locations that graphql-js gives them, with line ends %j',
    async end => {
      const text = [
        '{ broken # é',
        '  part { e: broken',
        '',
        'sure }',
        'a: broken a: broken part { sure } }',
      ].join(end);
      const expected = await execute({ schema, document: parse(text) });
      const { errors } = await run(text);
      expect(errors?.map(({ locations }) => locations)).toEqual(
        expected.errors?.map(({ locations }) => locations),
      );
      expect(JSON.stringify(errors)).toBe(JSON.stringify(expected.errors));
    },
  );

  it('are limited in number, compiled or not', async () => {
    const compiled = await run('{ list { list { broken } } }');
    expect([compiled.errors?.length, compiled.data?.['list']]).toEqual([
      maxExecutionErrors,
      expect.any(Array),
    ]);
    // More fields than are compiled.
    const fields = Array.from({ length: 1_500 }, (_, i) => `a${i}: broken`).join(' ');
    expect((await run(`{ ${fields} }`)).errors).toHaveLength(maxExecutionErrors);
  });

  it.each(['broken', 'part { sure }'])(
    'are located without reading the document for each: %s',
    async field => {
      const lists = ['a', 'b', 'c', 'd', 'e'].map(name => `${name}: list { ${field} }`).join(' ');
      const text = `{ ${lists} }`;
      const ours = (document: DocumentNode) =>
        new OperationExecutor(schema).execute({ query: text }, document, {});
      expect(await textReads(text, ours)).toBe(1);
      expect(await textReads(text, document => execute({ schema, document }))).toBeGreaterThanOrEqual(500);
    },
  );
});
