import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../platform/testing/eventually';
import { compose, federate } from '../execution/testing/federation';
import { readSupergraph } from '../schema/supergraph-schema';
import { ChildProcessPlanner, type ChildProcessPlannerOptions } from './child-process-planner';
import { hivePlanner } from './hive-planner';
import { PlanningError } from './planner';

const subgraphs = {
  a: {
    typeDefs: `
      type Query { node: Node things: [Node!]! }
      interface Node { id: ID! }
      type A implements Node @key(fields: "id") { id: ID! n(x: Int): Int kid(x: Int): A }
      type B implements Node @key(fields: "id") { id: ID! n(x: Int): Int }`,
    resolvers: { Query: { node: () => ({ __typename: 'A', id: '1' }) } },
  },
  b: { typeDefs: 'type A @key(fields: "id") { id: ID! far(x: Int): Int }' },
};
const supergraphSdl = compose(subgraphs);
const schema = readSupergraph(supergraphSdl);
/** An alias that shadows the key the plan needs: the native planner panics, and a panic in it aborts its process. */
const deadly = (n = 1): string => `{ node { ... on A { far(x: ${n}) id: kid { __typename } } } }`;
const harmless = (n: number): string => `{ node { id a${n}: id ... on A { far(x: ${n}) } } }`;

describe('the planner in a process of its own', () => {
  const faults: string[] = [];
  let planner: ChildProcessPlanner;

  const open = (options: ChildProcessPlannerOptions = {}): void => {
    planner = new ChildProcessPlanner(schema, { onFault: error => faults.push(error.message), ...options });
  };

  beforeEach(() => {
    faults.length = 0;
  });
  afterEach(() => planner.close());

  it('plans as the same planner does in this process', async () => {
    open();
    const here = hivePlanner(schema);
    const texts = Array.from({ length: 50 }, (_, i) => harmless(i));
    const plans = await Promise.all(texts.map(text => planner.plan(text)));
    expect(plans).toEqual(texts.map(text => here.plan(text)));
    await expect(planner.plan('{ node { nothing } }')).rejects.toThrow('nothing');
    expect(faults).toEqual([]);
  });

  it('fails the operation that ends it, plans all others again, and remembers which it was', async () => {
    open();
    const texts = [harmless(1), deadly(), harmless(2), harmless(3)];
    const answers = await Promise.allSettled(texts.map(text => planner.plan(text)));
    expect(answers.map(answer => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(answers[1]).toMatchObject({
      reason: new PlanningError("The operation ends the planner's process"),
    });
    expect(faults).toEqual([expect.stringMatching(/^The planner's process ended \(SIG\w+\) while planning/)]);

    const { pid } = planner;
    await expect(planner.plan(deadly())).rejects.toThrow("ends the planner's process");
    expect([planner.pid, faults.length]).toEqual([pid, 1]);
  });

  it.each(['warning: not a plan', 'null'])(
    'replaces a process that writes %j, and answers what waits',
    async line => {
      open();
      await planner.plan(harmless(0));
      const waiting = planner.plan(harmless(1));
      const { process } = planner as unknown as { process: { child: { stdout: NodeJS.ReadableStream } } };
      process.child.stdout.emit('data', `${line}\n{}\n`);
      expect(await waiting).toEqual(hivePlanner(schema).plan(harmless(1)));
      expect(faults).toEqual([expect.stringContaining('(wrote a line that is no answer)')]);
    },
  );

  it('stays away for a while when it is ended again and again', async () => {
    open({ maxEnds: 2 });
    for (const n of [1, 2]) {
      await expect(planner.plan(deadly(n * 10))).rejects.toThrow("ends the planner's process");
    }
    await expect(planner.plan(harmless(1))).rejects.toThrow('pauses');
    expect(planner.pid).toBeUndefined();
  });

  it('is killed when it hangs, and gives the operation a second chance', async () => {
    open({ deadlineMs: 200 });
    await planner.plan(harmless(0));
    process.kill(planner.pid as number, 'SIGSTOP');
    const plans = await Promise.all([1, 2, 3].map(n => planner.plan(harmless(n))));
    expect(plans).toHaveLength(3);
    expect(faults).toHaveLength(1);
  });

  it('refuses what takes too long twice, and goes on', async () => {
    open({ deadlineMs: 1 });
    const fields = Array.from({ length: 20_000 }, (_, n) => `a${n}: far(x: ${n})`);
    const endless = `{ node { ... on A { ${fields.join(' ')} } } }`;
    await expect(planner.plan(endless)).rejects.toMatchObject({ code: 'OPERATION_NOT_SUPPORTED' });
    expect(faults).toEqual(Array(2).fill(expect.stringContaining('SIGKILL')));
    await eventually(() => expect(planner.pid).toEqual(expect.any(Number)));
    await expect(planner.plan(endless)).rejects.toMatchObject({ code: 'OPERATION_NOT_SUPPORTED' });
    expect(faults).toHaveLength(2);
  });

  it('is there again after it was killed from outside, whatever was at work', async () => {
    open();
    await planner.plan(harmless(0));
    const plans = Promise.all(Array.from({ length: 200 }, (_, n) => planner.plan(harmless(n))));
    process.kill(planner.pid as number, 'SIGKILL');
    expect(await plans).toHaveLength(200);
    await planner.plan(harmless(0));
    process.kill(planner.pid as number, 'SIGKILL');
    await eventually(() => expect(faults).toHaveLength(2));
    expect((await planner.plan(harmless(1))).kind).toBe('request');
  });

  it('is not there while there is nothing to plan, and that is no death', async () => {
    open({ idleMs: 100, maxEnds: 1 });
    const pid = planner.pid as number;
    await eventually(() => expect(planner.pid).toBeUndefined());
    await eventually(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
    expect(await planner.plan(harmless(1))).toEqual(hivePlanner(schema).plan(harmless(1)));
    await eventually(() => expect(planner.pid).toBeUndefined());
    expect((await Promise.all([planner.plan(harmless(2)), planner.plan(harmless(3))])).length).toBe(2);
    expect(faults).toEqual([]);
  });

  it('does not go while somebody waits for a plan', async () => {
    open({ idleMs: 50, deadlineMs: 10_000 });
    await planner.plan(harmless(0));
    const pid = planner.pid as number;
    process.kill(pid, 'SIGSTOP');
    const plan = planner.plan(harmless(1));
    await sleep(200);
    process.kill(pid, 'SIGCONT');
    expect((await plan).kind).toBe('request');
    expect(faults).toEqual([]);
  });

  it('plans whatever comes around the moment it goes', async () => {
    open({ idleMs: 20, maxEnds: 1 });
    const pids = new Set<number | undefined>();
    for (let n = 0; n < 40; n++) {
      await sleep(15 + (n % 20));
      const plan = planner.plan(harmless(n));
      pids.add(planner.pid);
      expect((await plan).kind).toBe('request');
    }
    expect(pids.size).toBeGreaterThan(1);
    expect(faults).toEqual([]);
  });

  it('refuses a flood instead of letting it wait without end', async () => {
    open({ maxWaiting: 10 });
    const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => planner.plan(harmless(n))));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(answers[19]).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE', status: 503 } });
  });

  it('ends with what started it, and answers nothing after that', async () => {
    open();
    await planner.plan(harmless(0));
    const pid = planner.pid as number;
    await planner.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(planner.plan(harmless(1))).rejects.toThrow('closed');
  });
});

describe('an executor with its planner in a process of its own', () => {
  const reported: unknown[] = [];
  const { ask, executor } = federate(subgraphs, {
    supergraphSdl,
    plansInProcess: false,
    onFault: error => reported.push(error),
  });
  const planner = (executor as unknown as { plans: { first: ChildProcessPlanner } }).plans.first;
  beforeEach(() => {
    reported.length = 0;
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => executor.close());

  it('plans once what many ask at once', async () => {
    const plan = jest.spyOn(planner, 'plan');
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('{ node { id } }')));
    expect(new Set(answers.map(answer => JSON.stringify(answer)))).toEqual(
      new Set(['{"data":{"node":{"id":"1"}}}']),
    );
    expect(plan).toHaveBeenCalledTimes(1);
  });

  it('names apart what is known to end the planner', async () => {
    expect((await ask(deadly())).data).toEqual({ node: { far: null, id: null } });
    expect(reported).toEqual([]);
  });

  it('answers an operation that ends the planner with the plan of the other one', async () => {
    // The text reaches the planner as nobody means it to; what happens then is real.
    const plan = planner.plan.bind(planner);
    jest.spyOn(planner, 'plan').mockImplementation(text => plan(text.includes('bad') ? deadly() : text));
    const names = ['a', 'bad', 'c', 'd'];
    const answers = await Promise.all(names.map(name => ask(`{ node { ${name}: id } }`)));
    expect(answers.map(answer => answer.data?.['node'])).toEqual(names.map(name => ({ [name]: '1' })));
    expect(reported.map(String)).toEqual([
      expect.stringMatching(/process ended \(SIG\w+\) while planning/),
      expect.stringContaining("ends the planner's process"),
    ]);
  });

  it('loses no operation when the planner is killed', async () => {
    const answers = Promise.all(Array.from({ length: 50 }, (_, n) => ask(`{ node { k${n}: id } }`)));
    process.kill(planner.pid as number, 'SIGKILL');
    expect((await answers).map(answer => answer.errors)).toEqual(Array(50).fill(undefined));
  });

  it('takes the other planner while the native one is away', async () => {
    await planner.close();
    expect((await ask('{ node { late: id } }')).data).toEqual({ node: { late: '1' } });
  });
});
