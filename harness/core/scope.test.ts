import { describe, expect, test } from 'vitest';
import { Scope } from './scope.ts';

describe('Scope', () => {
  test('undoes in reverse order, each once', async () => {
    const undone: string[] = [];
    const scope = new Scope();
    for (const name of ['first', 'second', 'third']) await scope.defer(name, async () => void undone.push(name));
    expect(await scope.close()).toEqual([]);
    await scope.close();
    expect(undone).toEqual(['third', 'second', 'first']);
  });

  test('a failing undo is reported and does not keep the others from running', async () => {
    const undone: string[] = [];
    const said: string[] = [];
    const scope = new Scope();
    await scope.defer('machine', async () => void undone.push('machine'));
    await scope.defer('port', async () => {
      throw new Error('still in use');
    });
    const failures = await scope.close((line) => said.push(line));
    expect(failures.map((failure) => failure.what)).toEqual(['port']);
    expect(said).toEqual(['could not remove port: still in use']);
    expect(undone).toEqual(['machine']);
  });

  test('what is created while the scope closes is removed at once and its creator is told', async () => {
    let removed = false;
    const scope = new Scope();
    await scope.close();
    const late = scope.defer('late machine', async () => {
      removed = true;
    });
    await expect(late).rejects.toThrow('late machine was created after the run had begun to clean up');
    expect(removed).toBe(true);
  });
});
