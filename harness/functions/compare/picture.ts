import { messageOf } from '../../core/errors.ts';
import { decodePng, type Picture } from './png.ts';

/**
 * Compares by the peak signal-to-noise ratio over all channels (ITU-T J.340): 10 × log10(255² / mean squared error).
 * Two filters that both average are above 40 dB from each other, picked pixels are below 25 dB.
 */
export function differenceInPicture(got: Uint8Array, expected: Uint8Array, decibel: number): string | undefined {
  const theirs = decodePng(expected);
  let ours: Picture;
  try {
    ours = decodePng(got);
  } catch (error) {
    return `no picture: ${messageOf(error)}`;
  }
  if (ours.width !== theirs.width || ours.height !== theirs.height) {
    return `${ours.width}×${ours.height} pixels instead of ${theirs.width}×${theirs.height}`;
  }
  if (ours.alpha !== theirs.alpha) return ours.alpha ? 'has an alpha channel' : 'has no alpha channel';
  const found = psnr(ours.rgba, theirs.rgba);
  return found >= decibel
    ? undefined
    : `${found.toFixed(1)} dB from the expected picture instead of ${decibel} or more`;
}

function psnr(a: Uint8Array, b: Uint8Array): number {
  const sum = a.reduce((total, value, index) => total + (value - (b[index] ?? 0)) ** 2, 0);
  return sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 ** 2 * a.length) / sum);
}
