// await-ready.mjs SOCKET VERSION SECONDS: waits so long at most until the service at this socket, which it has for itself, is
// ready; and asks which version it is.

import { request } from 'node:http';

const [socketPath, expected, seconds] = process.argv.slice(2);
const deadline = Date.now() + Number(seconds) * 1_000;

function ask(path) {
  return new Promise((resolve) => {
    const asking = request({ socketPath, path, timeout: 5_000, headers: { connection: 'close' } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    });
    asking.on('timeout', () => asking.destroy(new Error('it does not answer')));
    asking.on('error', (error) => resolve({ status: 0, text: error.message }));
    asking.end();
  });
}

for (;;) {
  const { status, text } = await ask('/healthz');
  if (status === 200) break;
  if (Date.now() > deadline) {
    console.error(`The service at ${socketPath} is not ready after ${seconds} s: ${status === 0 ? text : `it answers ${status}`}.`);
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const { version } = JSON.parse((await ask('/who')).text);
if (version !== expected) {
  console.error(`At ${socketPath} answers version ${version}, but this bundle is ${expected}.`);
  process.exit(1);
}
console.log(`Version ${version} is ready.`);
