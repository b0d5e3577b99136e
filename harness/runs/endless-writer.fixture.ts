// A program that records samples until it is killed; prints one line for each that is on the disk.

import { syntheticRun } from './synthetic-run.fixture.ts';
import { openRun } from './write.ts';

const run = syntheticRun({ killed: true });
const writer = await openRun(process.argv[2] ?? '', run.manifest);
for (let i = 0; ; i++) {
  const record = run.records[i % run.records.length];
  if (record === undefined) throw new Error('the synthetic run is empty');
  await writer.record({ ...record, index: i });
  process.stdout.write(`${i}\n`);
}
