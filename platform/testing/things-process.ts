import { openThings, Thing, thing } from './things';

/** A process of its own for tests: `open` migrates and leaves; `die` commits a change with its event and is killed. */
async function main([deed, url = '', service = '']: string[]): Promise<void> {
  const db = await openThings(url, service);
  if (deed === 'die') {
    await db.transaction(async tx => {
      await tx.manager.insert(Thing, thing({ id: 'made-before-death' }));
      await tx.emit({ type: 'thing.made', data: { thingId: 'made-before-death' } });
    });
    process.kill(process.pid, 'SIGKILL');
  }
  await db.close();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
