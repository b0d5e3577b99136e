// A program whose work is done: with nothing left, with something left open, or with much that nobody has read yet.

import { createServer } from 'node:net';
import { exitCodes } from '../core/exit-codes.ts';
import { streamOutput } from '../core/output.ts';
import { exitWith } from './exit.ts';

const what = process.argv[2];
if (what === 'open') createServer().listen(0, '127.0.0.1');
// More than a pipe holds.
if (what === 'much to say') process.stdout.write('x'.repeat(1_000_000));
exitWith(exitCodes.invalid, streamOutput(process.stdout, process.stderr), 300);
