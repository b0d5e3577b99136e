import sharp, { type Metadata } from 'sharp';
import { readBody } from '../serving/body.ts';
import { integer } from '../serving/parameters.ts';
import { badRequest, type Problem, tooLarge } from '../serving/problem.ts';
import type { Workload } from '../serving/workload.ts';

const maxPixels = 25_000_000;
const length = { fallback: 128, low: 1, high: 2048 };

// What sharp would keep is of no use to images that are each seen once.
sharp.cache(false);

export const workload: Workload = {
  bodyLimitBytes: 10 * 1024 * 1024,
  async answer({ parameters, body }) {
    const width = integer(parameters, 'width', length);
    const height = integer(parameters, 'height', length);
    const input = await readBody(body);
    const size = scaledWithin(await sizeOf(input), width, height);
    const image = sharp(input).resize({ ...size, fit: 'fill', kernel: 'cubic' });
    try {
      return { contentType: 'image/png', body: await image.png().toBuffer() };
    } catch {
      throw badRequest('The image is damaged.');
    }
  },
};

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size comes first: a few bytes may claim to be an image of many gigabytes. */
async function sizeOf(input: Buffer): Promise<Size> {
  const { format, width, height } = await headOf(input);
  if (format !== 'png' && format !== 'jpeg') throw unreadable();
  if (width * height > maxPixels) throw tooLarge(`The image has more than ${maxPixels} pixels.`);
  return { width, height };
}

async function headOf(input: Buffer): Promise<Metadata> {
  try {
    // Unlimited, because a size over the limit is to be told from an image that cannot be read.
    return await sharp(input, { limitInputPixels: false }).metadata();
  } catch {
    throw unreadable();
  }
}

function unreadable(): Problem {
  return badRequest('The request body is neither a PNG nor a JPEG image.');
}

/** Smaller, never larger, so that it fits. */
function scaledWithin({ width, height }: Size, maxWidth: number, maxHeight: number): Size {
  const scale = Math.min(maxWidth / width, maxHeight / height, 1);
  const scaled = (side: number) => Math.max(1, Math.floor(side * scale + 0.5));
  return { width: scaled(width), height: scaled(height) };
}
