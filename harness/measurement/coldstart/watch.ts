/** Names and ports that the agent watches from outside; the same on every platform. */
export const WATCH = { pluginsDir: '/opt/cni/bin', providerPort: 8081, functionPort: 8080 };
