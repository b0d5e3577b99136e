import { z } from 'zod';
import { emptyHistogram } from '../statistics/histogram.ts';
import { histogramSchema } from './load-parts.ts';
import { countRecords } from './planned.ts';
import type { Run } from './run.ts';
import { manifestSchema, type RunRecord, recordSchema, verdictSchema } from './schema.ts';

/** So many turns see each option of each enumeration but that of phases, and each optional part both there and not. */
const TURNS = 6;

/**
 * A run with records of every kind, made from the schemas alone, in which each free string is `text`: what is in reach
 * of somebody who sends others a run folder, or whose words a run has recorded.
 */
export function runOfText(text: string): Run {
  const records = recordSchema.options.flatMap((schema) =>
    Array.from({ length: TURNS }, (_, turn) => ({ schema, turn })),
  );
  const all = records.map(({ schema, turn }, index) => {
    const record = recordSchema.parse(exampleOf(schema, { text, turn }));
    return { ...record, index, block: turn % 3, repetition: turn % 3 };
  });
  const manifest = manifestSchema.parse(exampleOf(manifestSchema, { text, turn: 0 }));
  const verdict = verdictSchema.parse(exampleOf(verdictSchema, { text, turn: 1 }));
  const problems = [{ file: 'samples.ndjson', line: 1, message: text }];
  return { folder: text, manifest, records: all, verdict: { ...verdict, judged: countRecords(all) }, problems };
}

/** Each place of a histogram in records of every kind, as a path: `['warmUp', 'latency']`. */
export function histogramPlaces(): readonly { readonly kind: RunRecord['kind']; readonly path: readonly string[] }[] {
  return recordSchema.options.flatMap((schema) =>
    placesIn(schema).map((path) => ({ kind: schema.shape.kind.value, path })),
  );
}

/** One record of that kind. */
export function recordOfKind(kind: RunRecord['kind']): RunRecord {
  const schema = recordSchema.options.find((it) => it.shape.kind.value === kind);
  if (schema === undefined) throw new Error(`no schema of ${kind}`);
  return recordSchema.parse(exampleOf(schema, { text: 'text', turn: 0 }));
}

function placesIn(schema: z.core.$ZodType): string[][] {
  if (schema === histogramSchema) return [[]];
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, part]) => placesIn(part).map((path) => [name, ...path]));
}

interface Choice {
  readonly text: string;
  /** Which of several. */
  readonly turn: number;
}

function exampleOf(schema: z.core.$ZodType, choice: Choice): unknown {
  const { text, turn } = choice;
  if (schema === histogramSchema) return HISTOGRAM;
  if (schema instanceof z.ZodISODateTime) return `2026-01-01T00:${String(turn).padStart(2, '0')}:00.000Z`;
  if (schema instanceof z.ZodString) return text;
  if (schema instanceof z.ZodNumber) return turn + 1;
  if (schema instanceof z.ZodBoolean) return turn % 2 === 0;
  if (schema instanceof z.ZodLiteral) return schema.value;
  if (schema instanceof z.ZodEnum) return schema.options[turn % schema.options.length];
  if (schema instanceof z.ZodNullable) return turn % 5 === 4 ? null : exampleOf(schema.unwrap(), choice);
  if (schema instanceof z.ZodOptional) return turn % 5 === 3 ? undefined : exampleOf(schema.unwrap(), choice);
  if (schema instanceof z.ZodDefault) return exampleOf(schema.unwrap(), choice);
  if (schema instanceof z.ZodArray) return [exampleOf(schema.element, choice)];
  if (schema instanceof z.ZodRecord) return { [text]: exampleOf(schema.valueType, choice) };
  if (schema instanceof z.ZodUnion) return exampleOf(optionAt(schema.options, turn), choice);
  if (schema instanceof z.ZodObject) {
    return Object.fromEntries(Object.entries(schema.shape).map(([name, part]) => [name, exampleOf(part, choice)]));
  }
  throw new Error(`the schema ${schema._zod.def.type} is new here`);
}

function optionAt(options: readonly z.core.$ZodType[], turn: number): z.core.$ZodType {
  const option = options[turn % options.length];
  if (option === undefined) throw new Error('a union of nothing');
  return option;
}

const HISTOGRAM = exampleHistogram();

function exampleHistogram(): string {
  const histogram = emptyHistogram();
  for (let i = 1; i <= 500; i++) histogram.record(i * 1e5);
  return histogram.encode();
}
