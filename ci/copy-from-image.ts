import { runOrFail } from '../harness/core/subprocess.ts';

/** Copies one file out of an image, which need not be able to run. */
export async function copyFromImage(image: string, path: string, to: string): Promise<void> {
  const created = await runOrFail(['docker', 'create', image, 'none'], 'making a container to copy from');
  const id = created.stdout.trim();
  try {
    await runOrFail(['docker', 'cp', '-q', `${id}:${path}`, to], `copying ${path} out of ${image}`);
  } finally {
    await runOrFail(['docker', 'rm', '-v', id], 'removing the container to copy from');
  }
}
