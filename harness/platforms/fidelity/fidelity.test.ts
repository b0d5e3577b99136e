import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../core/paths.ts';
import { knownDefects } from '../control/defects.ts';
import type { Answer } from './exchange.ts';
import { questions } from './questions.ts';
import { said } from './said.ts';
import { asks, isQuestion } from './steps.ts';
import { compared, fidelityTable, readRecord, type SideBySide, unlike, unnamed, withTable } from './table.ts';

const asked = questions.filter(isQuestion);

describe('the questions', () => {
  test('have names of their own, and are about every route of the API', () => {
    expect(new Set(asked.map(({ id }) => id)).size).toBe(asked.length);
    const routes = asked.map(({ path }) => path.replace(/\?.*/, '').split('/').slice(0, 3).join('/'));
    for (const route of [
      'functions',
      'function',
      'scale-function',
      'info',
      'secrets',
      'logs',
      'namespaces',
      'namespace',
    ]) {
      expect(routes).toContain(`/system/${route}`);
    }
    expect(routes).toEqual(
      expect.arrayContaining(['/healthz', '/metrics', '/function/asked', '/async-function/asked']),
    );
  });
});

describe('the defects that they name', () => {
  test('are defects of the control, and part of what is like faasd', () => {
    const like = knownDefects().filter(({ likeFaasd }) => likeFaasd);
    const known = like.map(({ name }) => name);
    expect(asked.flatMap(({ because }) => because).filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('what an answer says', () => {
  const answer = (body: string, headers: Record<string, string> = {}, status = 200): Answer => {
    return { status, headers: new Map(Object.entries(headers)), body, tookMs: 30_400 };
  };

  test('is its keys and kinds, and the values that are asked for', () => {
    const question = asks('one', 'gateway GET /system/functions', { values: ['[].labels', '[].replicas'] });
    const body =
      '[{"name":"a","replicas":1,"labels":{"z":"1","a":"2"},"limits":null,"createdAt":"2026-01-01T00:00:00Z"}]';
    expect(said(question, answer(body, { 'content-type': 'application/json' }))).toBe(
      '200 application/json [{createdAt: text, labels: {"a":"2","z":"1"}, limits: null, name: text, replicas: 1}]',
    );
  });

  test('is not the sentence of a refusal, but that there is one', () => {
    const question = asks('one', 'gateway GET /system/functions');
    expect(said(question, answer('any words', { 'content-type': 'text/plain' }, 404))).toBe('404 text/plain');
    expect(said(question, answer('', {}, 404))).toBe('404 (empty)');
  });

  test('is every byte of what a function answered, and which headers it saw', () => {
    const question = asks('one', 'gateway POST /function/asked', { wholeText: true });
    const headers = { 'x-seen': 'host', 'x-call-id': 'any' };
    expect(said(question, answer('POST /', headers))).toBe('200 x-seen: host x-call-id "POST /"');
  });

  test('is how many lines of log there are, and which texts', () => {
    const question = asks('one', 'provider GET /system/logs?name=asked');
    const lines = '{"name":"a","text":"one","instance":"7"}\n{"name":"a","text":"one","instance":"8"}\n';
    expect(said(question, answer(lines))).toBe('200 2 × {instance: text, name: "a", text: "one"}');
  });

  test('is how long it took where that is asked', () => {
    expect(said(asks('one', 'gateway DELETE /system/functions', { slow: true }), answer('', {}, 500))).toBe(
      '500 after 30 s (empty)',
    );
  });
});

describe('a comparison', () => {
  const steps = [
    asks('same', 'gateway GET /healthz'),
    asks('named', 'gateway GET /a', { because: ['plain-200'] }),
    asks('silent', 'gateway GET /b'),
    asks('stale', 'gateway GET /c', { because: ['coarse-codes'] }),
  ];
  const column = (named: string, silent: string) => {
    return new Map(Object.entries({ same: '200', named, silent, stale: '404' }));
  };
  const answers: SideBySide = {
    control: column('202', '404'),
    'control+like-faasd': column('200', '404'),
    faasd: column('200', '400'),
  };

  test('finds a difference that no defect names, and a defect that makes none', () => {
    expect(unnamed(steps, answers)).toEqual([
      { id: 'silent', what: 'control says 404, faasd 400' },
      { id: 'stale', what: 'no difference, but it names coarse-codes' },
    ]);
  });

  test('finds where like-faasd is not like faasd', () => {
    expect(unlike(steps, answers)).toEqual([{ id: 'silent', what: 'control+like-faasd says 404, faasd 400' }]);
  });

  test('shows what differs first, and keeps a table’s cells whole', () => {
    const table = fidelityTable(steps, { faasd: '0.19.0', answers: { ...answers, faasd: column('2|0', '400') } });
    expect(table).toContain('| named | gateway `GET /a` | `202` | `2\\|0`; with `like-faasd` `200` | `plain-200` |');
    expect(table).toContain('| same | gateway `GET /healthz` | `200` |');
    expect(table).toContain('as faasd does on 2 of 4');
  });
});

describe('the answers on record', () => {
  test('are of every question, and what differs has a defect’s name', async () => {
    const { answers } = await readRecord();
    expect(compared(questions, answers)).toEqual(asked);
    expect(answers.faasd.size).toBe(asked.length);
    expect(unnamed(questions, answers)).toEqual([]);
    expect(unlike(questions, answers)).toEqual([]);
  });

  test('are what the document shows', async () => {
    const document = await readFile(join(repositoryRoot, 'docs/control-fidelity.md'), 'utf8');
    expect(withTable(document, fidelityTable(questions, await readRecord()))).toBe(document);
  });
});
