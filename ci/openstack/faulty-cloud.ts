import { faultyCloudCommand } from './faulty-cloud/command.ts';

// The faulty cloud for trying by hand; tests start theirs with `faulty-cloud/cloud.ts`.
process.exitCode = await faultyCloudCommand(process.argv.slice(2));
