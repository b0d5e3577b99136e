// `hello` behind the classic watchdog: a process a request.
process.stdin.on('end', () => process.stdout.write('Hello from givre\n')).resume();
