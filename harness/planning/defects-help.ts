import { knownDefects } from '../platforms/control/defects.ts';

/** For `--help`: every deviation that the control can be told to show. */
export function defectsHelp(): string {
  const rows = knownDefects().map(({ name, does, default: usual, likeFaasd }) => {
    const words = usual === undefined ? name : `${name}[=${usual}]`;
    return `  ${likeFaasd ? '*' : ' '} ${words.padEnd(22)} ${does}`;
  });
  return `
Defects of the control (--defect NAME, control+NAME; * part of --like faasd):
${rows.join('\n')}`;
}
