import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Answers } from './ask.ts';
import { isQuestion, type Question, type Step } from './steps.ts';

/** What three platforms said, side by side. */

const COLUMNS = ['control', 'control+like-faasd', 'faasd'] as const;
type Column = (typeof COLUMNS)[number];
export type SideBySide = Readonly<Record<Column, Answers>>;

const NOT_ASKED = 'not asked';

/** The answers on record; what of them is in the documents is made of them. */
export const RECORD = join(import.meta.dirname, 'recorded.json');

const recordSchema = z.object({
  faasd: z.string(),
  answers: z.record(z.string(), z.record(z.enum(COLUMNS), z.string())),
});

export interface FidelityRecord {
  /** Which faasd was asked: `0.19.0`. */
  readonly faasd: string;
  readonly answers: SideBySide;
}

export async function readRecord(): Promise<FidelityRecord> {
  const { faasd, answers } = recordSchema.parse(JSON.parse(await readFile(RECORD, 'utf8')));
  const column = (name: Column): Answers => new Map(Object.entries(answers).map(([id, said]) => [id, said[name]]));
  return {
    faasd,
    answers: { control: column('control'), 'control+like-faasd': column('control+like-faasd'), faasd: column('faasd') },
  };
}

export function recordText(steps: readonly Step[], { faasd, answers }: FidelityRecord): string {
  const rows = steps.filter(isQuestion).map(({ id }) => {
    return [id, Object.fromEntries(COLUMNS.map((name) => [name, answers[name].get(id) ?? NOT_ASKED]))];
  });
  return `${JSON.stringify({ faasd, answers: Object.fromEntries(rows) }, null, 2)}\n`;
}

export interface Finding {
  readonly id: string;
  readonly what: string;
}

/** Where the control answers otherwise than faasd and no defect says so, and where one says so and it does not. */
export function unnamed(steps: readonly Step[], answers: SideBySide): readonly Finding[] {
  return compared(steps, answers).flatMap(({ id, because }) => {
    const [control, faasd] = [answers.control.get(id), answers.faasd.get(id)];
    const differs = control !== faasd;
    if (differs === because.length > 0) return [];
    return [
      {
        id,
        what: differs ? `control says ${control}, faasd ${faasd}` : `no difference, but it names ${because.join(', ')}`,
      },
    ];
  });
}

/** Where the control with all of faasd's deviations does not answer as faasd does. */
export function unlike(steps: readonly Step[], answers: SideBySide): readonly Finding[] {
  return compared(steps, answers).flatMap(({ id }) => {
    const [shaped, faasd] = [answers['control+like-faasd'].get(id), answers.faasd.get(id)];
    return shaped === faasd ? [] : [{ id, what: `control+like-faasd says ${shaped}, faasd ${faasd}` }];
  });
}

/** What every platform was asked. */
export function compared(steps: readonly Step[], answers: SideBySide): readonly Question[] {
  return steps.filter(isQuestion).filter(({ id }) => COLUMNS.every((name) => answers[name].has(id)));
}

/** Markdown: first what differs, then what is the same. */
export function fidelityTable(steps: readonly Step[], { faasd, answers }: FidelityRecord): string {
  const asked = compared(steps, answers);
  const isSame = ({ id }: Question): boolean => new Set(COLUMNS.map((name) => answers[name].get(id))).size === 1;
  const [differing, same] = [asked.filter((it) => !isSame(it)), asked.filter(isSame)];
  const left = unlike(steps, answers);
  return [
    `${asked.length} requests, asked of the control, of the control with \`like-faasd\` and of faasd ${faasd}. ` +
      `${same.length} are answered alike by all three. On ${differing.length} the control and faasd differ; with ` +
      `\`like-faasd\` the control answers as faasd does on ${asked.length - left.length} of ${asked.length}.`,
    '',
    '### Where they differ',
    '',
    '| asked | request | control | faasd, and `like-faasd` where nothing else is said | defect |',
    '| --- | --- | --- | --- | --- |',
    ...differing.map((question) =>
      row([question.id, request(question), ...saidOf(question, answers), names(question)]),
    ),
    '',
    '### Where they are alike',
    '',
    '| asked | request | answer |',
    '| --- | --- | --- |',
    ...same.map((question) => row([question.id, request(question), code(answers.control.get(question.id))])),
    '',
  ].join('\n');
}

function saidOf({ id }: Question, answers: SideBySide): readonly string[] {
  const [control, shaped, faasd] = COLUMNS.map((name) => answers[name].get(id));
  return [code(control), `${code(faasd)}${shaped === faasd ? '' : `; with \`like-faasd\` ${code(shaped)}`}`];
}

function request({ at, method, path, body }: Question): string {
  return `${at} ${code(`${method} ${path}${body === undefined ? '' : ` ${body}`}`)}`;
}

function names({ because }: Question): string {
  return because.map((name) => `\`${name}\``).join(', ');
}

function code(text: string | undefined): string {
  return `\`${(text ?? NOT_ASKED).replaceAll('`', "'")}\``;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

const BEGIN = '<!-- generated by npm run bench:self -- --only fidelity: change harness/platforms/fidelity instead -->';
const END = '<!-- end of what is generated -->';

/** The document with the table in its place. */
export function withTable(document: string, table: string): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the document has no place for the table: ${BEGIN}`);
  return `${document.slice(0, from)}${BEGIN}\n\n${table}\n${document.slice(to)}`;
}
