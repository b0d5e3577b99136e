import { describe, expect, test } from 'vitest';
import { controlLabel, parsePlatforms } from './platform-words.ts';

const plain = { defects: [], like: undefined };

describe('--platform', () => {
  test('lists faasd builds and controls with and without defects', () => {
    expect(parsePlatforms('faasd=/opt/a,control,control+leak-cni+delay-cni=20ms,control+like-faasd', plain)).toEqual([
      { kind: 'faasd', path: '/opt/a' },
      { kind: 'control', defects: [], like: undefined },
      { kind: 'control', defects: ['leak-cni', 'delay-cni=20ms'], like: undefined },
      { kind: 'control', defects: [], like: 'faasd' },
    ]);
  });

  test('--defect and --like apply to the control', () => {
    expect(parsePlatforms('control', { defects: ['lost-task'], like: 'faasd' })).toEqual([
      { kind: 'control', defects: ['lost-task'], like: 'faasd' },
    ]);
  });

  test.each([
    ['k3s', 'unknown platform "k3s"'],
    ['', 'unknown platform ""'],
    ['faasd=', 'unknown platform "faasd="'],
    ['auto,control', '"auto" chooses one platform'],
  ])('refuses %j', (text, message) => {
    expect(() => parsePlatforms(text, plain)).toThrow(message);
  });

  test('refuses a defect without a control that could show it', () => {
    expect(() => parsePlatforms('faasd', { defects: ['leak-cni'], like: undefined })).toThrow(
      'for the control platform',
    );
  });

  test('labels tell controls apart', () => {
    expect(controlLabel([], undefined)).toBe('control');
    expect(controlLabel(['leak-cni'], 'faasd')).toBe('control+like-faasd+leak-cni');
  });

  test('takes a faasd that is on the machine already', () => {
    expect(parsePlatforms('existing', { defects: [], like: undefined })).toEqual([{ kind: 'existing' }]);
  });
});
