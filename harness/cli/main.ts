import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { repositoryRoot } from '../core/paths.ts';

// Half of what a short command takes is Node reading our TypeScript; kept beside the packages, which it comes and goes
// with. A folder that cannot be written only means that nothing is kept. What is imported before this is not kept.
enableCompileCache(join(repositoryRoot, 'node_modules/.cache/givre'));
await import('./program.ts');
