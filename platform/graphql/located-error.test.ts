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

/** Milliseconds of this process, so that a busy machine does not count. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
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
    'cost the same in a long document as in a short one: %s',
    async field => {
      const lists = ['a', 'b', 'c', 'd', 'e'].map(name => `${name}: list { ${field} }`).join(' ');
      const costOf = async (text: string): Promise<number> => {
        const document = parse(text);
        const executor = new OperationExecutor(schema);
        return cpuOf(async () => executor.execute({ query: text }, document, {}));
      };
      await costOf(`{ ${lists} }`);
      const short = await costOf(`{ ${lists} }`);
      // By graphql-js this takes twenty times as long.
      expect(await costOf(`${'# a comment\n'.repeat(200_000)}{ ${lists} }`)).toBeLessThan(4 * short + 100);
    },
  );
});
