import { type Calibration, type CalibrationFigure, type CalibrationRow, lastTries } from '../harness/runs/schema.ts';
import { formatMs } from './format.ts';

const VERDICTS = { right: 'right', flagged: 'flagged', wrong: 'WRONG, unnoticed' } as const;

/** The error table as plain text: each figure as the generator has it, with its distance to the truth. */
export function calibrationText({ generator, rows, schedule, ok }: Calibration): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const laidOut = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 || column === HEAD.length - 1
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const reasons = rows.flatMap((row) => row.reasons.map((reason) => `${row.profile}: ${reason}`));
  return [
    `${generator.name} ${generator.version} against a server of known times, latency since the planned moment in ms (error)`,
    ...laidOut,
    ...(reasons.length === 0 ? [] : ['', ...reasons]),
    '',
    `schedule: ${schedule?.what ?? 'not tried with some of the profiles only'}`,
    ok ? 'every profile ended as wanted' : `not as wanted: ${unwanted(rows, schedule).join(', ')}${advice(rows)}`,
  ].join('\n');
}

const HEAD = ['profile', 'sent', 'seen', 'p50', 'p90', 'p99', 'verdict'];

function cells(row: CalibrationRow): string[] {
  const figure = (quantile: number): string => figureText(row.figures.find((it) => it.quantile === quantile));
  const verdict = `${VERDICTS[row.verdict]}${row.asWanted ? '' : `, wanted ${row.wanted}`}`;
  return [row.profile, String(row.sent), String(row.received), figure(0.5), figure(0.9), figure(0.99), verdict];
}

function figureText(figure: CalibrationFigure | undefined): string {
  if (figure === undefined) return '–';
  const error = (figure.measuredNs - figure.truthNs) / 1e6;
  return `${formatMs(figure.measuredNs)} (${error < 0 ? '−' : '+'}${Math.abs(error).toFixed(2)})`;
}

/** Flagged where it should be right: something took the processors, and the generator said so. */
function advice(rows: readonly CalibrationRow[]): string {
  const honest = rows.every((row) => row.asWanted || row.verdict === 'flagged');
  return honest ? '; nothing wrong was called right: try again when nothing else runs here' : '';
}

/** By the last try of each profile. */
function unwanted(rows: readonly CalibrationRow[], schedule: Calibration['schedule']): readonly string[] {
  const names = lastTries(rows).flatMap((row) => (row.asWanted ? [] : row.profile));
  return schedule?.verdict === 'wrong' ? ['schedule', ...names] : names;
}
