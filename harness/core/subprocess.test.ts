import { describe, expect, test } from 'vitest';
import { run, runOrFail } from './subprocess.ts';

describe('run', () => {
  test('returns output, errors and exit code of a program, and feeds it input', async () => {
    const result = await run(['sh', '-c', 'cat; echo oops >&2; exit 3'], { input: 'hello\n' });
    expect(result).toEqual({ exitCode: 3, stdout: 'hello\n', stderr: 'oops\n' });
  });

  test('hands out whole lines while the program runs', async () => {
    const lines: string[] = [];
    await run(['printf', 'one\ntwo\nrest'], { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two', 'rest']);
  });

  test('keeps only the end of endless output', async () => {
    const result = await run(['sh', '-c', 'yes | head -c 60000000; printf end']);
    expect(result.stdout.length).toBeLessThanOrEqual(2 * 8 * 2 ** 20);
    expect(result.stdout.endsWith('y\nend')).toBe(true);
  });

  test('names a program that is not installed', async () => {
    await expect(run(['givre-no-such-program'])).rejects.toMatchObject({ code: 'E_PROGRAM_MISSING' });
  });

  test('stops a program at its deadline and says so', async () => {
    const begun = performance.now();
    await expect(run(['sleep', '30'], { timeoutMs: 100 })).rejects.toMatchObject({ code: 'E_PROGRAM_TIMEOUT' });
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('waits no longer than its deadline for what the program has left behind, whoever has its output open', async () => {
    const begun = performance.now();
    const running = run(['sh', '-c', 'sleep 8 & wait'], { timeoutMs: 100 });
    await expect(running).rejects.toMatchObject({ code: 'E_PROGRAM_TIMEOUT' });
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('an abort ends the program with the reason of the abort', async () => {
    const controller = new AbortController();
    const running = run(['sleep', '30'], { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  test('what its lines lead to ends the program, also with its last line', async () => {
    const onLine = (line: string): void => {
      throw new Error(`cannot take ${line}`);
    };
    const begun = performance.now();
    await expect(run(['sh', '-c', 'echo one; exec sleep 30'], { onLine })).rejects.toThrow('cannot take one');
    expect(performance.now() - begun).toBeLessThan(5_000);
    await expect(run(['printf', 'no line end'], { onLine })).rejects.toThrow('cannot take no line end');
  });

  test('runOrFail quotes the last lines of a failing program', async () => {
    const failing = runOrFail(['sh', '-c', 'echo the reason >&2; exit 1'], 'doing it');
    await expect(failing).rejects.toMatchObject({
      message: 'doing it failed: sh ended with exit code 1',
      hint: 'the reason',
    });
  });
});
