import { join, resolve } from 'node:path';
import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import { usageError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { checkFolder, makeFolder } from '../core/folder.ts';
import { inertJson } from '../core/inert.ts';
import { partsOf } from '../core/lists.ts';
import { suggestion } from '../core/near-miss.ts';
import type { Output } from '../core/output.ts';
import { replaceFiles } from '../core/replace-file.ts';
import { reapCommandFor } from '../planning/reap-command.ts';
import { type Claim, claim } from '../selftest/claims.ts';
import { type SelfParts, selfParts } from '../selftest/index.ts';
import { onInterrupt } from './interrupt.ts';
import { type WordsOf, wholeNumber } from './words.ts';

export function selfCommand(
  output: Output,
  done: (code: ExitCode) => void,
  parts: SelfParts = selfParts,
): CommandUnknownOpts {
  return command(parts).action(async (words) => done(await run(words, output, parts)));
}

function command(parts: SelfParts) {
  return new Command('self')
    .description(
      'Measure what givre claims about itself: phases, floor, contamination, its own cost. More than an hour.',
    )
    .option('--only <parts>', `comma-separated: ${Object.keys(parts).join(', ')}`)
    .option('--scale <factor>', 'factor on all sample counts, to try it out', positive, 1)
    .option('--repetitions <n>', 'of each profile of the part truth', wholeNumber(1, 1_000), 10)
    .option('--k6 <path>', 'your own k6 2.x instead of one built from its Go module')
    .option('--truth-server <path>', 'your own build of harness/load/truth')
    .option('--faasd <path>', 'a faasd that the part fidelity asks anew, and writes docs/control-fidelity.md from')
    .option('--seed <n>', 'seed of every run', positive, 1)
    .option('--out <folder>', 'where run folders and self.json go', 'runs/self')
    .option('--json', 'print the claims as JSON', false);
}

type Words = WordsOf<ReturnType<typeof command>>;

async function run(words: Words, output: Output, parts: SelfParts): Promise<ExitCode> {
  const names = words.only === undefined ? Object.keys(parts) : partsOf(words.only, '--only');
  const unknown = names.find((name) => parts[name] === undefined);
  if (unknown !== undefined) {
    throw usageError('E_SELF_PART', `unknown part "${unknown}"`, suggestion(unknown, Object.keys(parts)));
  }
  const out = resolve(words.out);
  await checkFolder(out, '--out');
  const interrupt = onInterrupt(output, () => reapCommandFor({ kind: 'container' }, { run: undefined }));
  const claims: Claim[] = [];
  try {
    for (const name of names) {
      output.note(`== ${name}`);
      const { seed, scale, repetitions } = words;
      const own = { k6: words.k6, truth: words.truthServer, faasd: words.faasd };
      const context = { output, signal: interrupt.signal, out, seed, scale, repetitions, own };
      const found = (await parts[name]?.(context)) ?? [];
      // Nothing measured is nothing proven.
      claims.push(...(found.length === 0 ? [claim(name, 'something was measured', 'nothing', false)] : found));
      await makeFolder(out);
      const content = `${inertJson({ scale: words.scale, claims }, 2)}\n`;
      await replaceFiles([{ path: join(out, 'self.json'), content }]);
    }
  } finally {
    interrupt.dispose();
  }
  if (words.json) output.result(inertJson({ scale: words.scale, claims }, 2));
  for (const it of words.json ? [] : claims) {
    output.result(`${it.ok ? 'ok  ' : 'FAIL'} ${it.id}: ${it.claim}\n       measured: ${it.measured}`);
  }
  if (words.scale !== 1) output.note(`sample counts were scaled by ${words.scale}: these are no published figures`);
  return claims.every((it) => it.ok) ? exitCodes.ok : exitCodes.failed;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a positive number.');
  return value;
}
