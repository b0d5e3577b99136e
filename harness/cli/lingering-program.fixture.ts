// A program whose work is done, with or without something left open.

import { createServer } from 'node:net';
import { exitCodes } from '../core/exit-codes.ts';
import { streamOutput } from '../core/output.ts';
import { exitWith } from './exit.ts';

if (process.argv[2] === 'open') createServer().listen(0, '127.0.0.1');
exitWith(exitCodes.invalid, streamOutput(process.stdout, process.stderr), 300);
