// Puts load on as a run does and says what this process has taken for it: the program of `load-process.ts`.

import { open } from 'node:fs/promises';
import { openHere } from '../core/here.ts';
import { k6Load } from '../load/k6/run.ts';
import type { LoadSecond } from '../load/load.ts';
import { type LoadCost, loadProcessSchema, plainPlan } from './load-process.ts';

const { k6, instead, load, secondsFile } = loadProcessSchema.parse(JSON.parse(process.argv[2] ?? ''));
const place = { open: (argv: readonly string[]) => openHere(instead ?? argv) };
const file = await open(secondsFile, 'w');
let written = Promise.resolve();
const onSecond = (second: LoadSecond): void => {
  written = written.then(async () => {
    await file.write(`${JSON.stringify(second)}\n`);
    await file.datasync();
  });
};

const before = process.cpuUsage();
const result = await k6Load({ ...k6, place }).run(plainPlan(load), new AbortController().signal, onSecond);
await written;
const { user, system } = process.cpuUsage(before);
await file.close();
const cost: LoadCost = {
  sent: result.sent,
  seconds: result.seconds.length,
  cpuNs: (user + system) * 1_000,
  generatorCpuNs: result.generatorCpuNs,
  peakBytes: process.resourceUsage().maxRSS * 1_024,
};
process.stdout.write(JSON.stringify(cost));
