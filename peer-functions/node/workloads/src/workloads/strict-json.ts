import { isUtf8 } from 'node:buffer';
import { badRequest } from '../serving/problem.ts';

const maxNesting = 64;

const quote = 0x22;
const backslash = 0x5c;
/** `{` and `[`, `}` and `]` differ in this bit only. */
const curlyBit = 0x20;
const opening = 0x7b;
const closing = 0x7d;

/** JSON.parse, but strict about bytes that are not UTF-8, which would be replaced, and about nesting. */
export function parseStrictly(text: Buffer): unknown {
  if (!isUtf8(text)) throw badRequest('The request body is not UTF-8.');
  if (nestedDeeper(text, maxNesting)) throw badRequest(`The request body is nested more than ${maxNesting} deep.`);
  try {
    return JSON.parse(text.toString());
  } catch {
    throw badRequest('The request body is not JSON.');
  }
}

/** Looks at brackets alone; whether the text is JSON at all is left to the parser. */
function nestedDeeper(text: Buffer, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (byte === quote) inString = !inString;
    else if (inString) at += byte === backslash ? 1 : 0;
    else if ((byte | curlyBit) === opening && ++depth > limit) return true;
    else if ((byte | curlyBit) === closing) depth--;
  }
  return false;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

export function isIntegerWithin(value: unknown, low: number, high: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
}
