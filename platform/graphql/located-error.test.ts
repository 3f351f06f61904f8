import { buildSchema, type ExecutionResult, execute, parse } from 'graphql';
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

/** The module itself, as graphql-js has it: an import would be a copy. */
const location = require('graphql/language/location') as typeof import('graphql/language/location');

/** How often graphql-js reads a document from its beginning to find a line. */
async function documentReads(work: () => unknown): Promise<number> {
  const reads = jest.spyOn(location, 'getLocation');
  await work();
  const { length } = reads.mock.calls;
  reads.mockRestore();
  return length;
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
      expect(await documentReads(() => run(text))).toBe(0);
      expect(await documentReads(() => execute({ schema, document: parse(text) }))).toBeGreaterThanOrEqual(
        500,
      );
    },
  );
});
