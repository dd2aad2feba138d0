// Asks a service which process it is, for its version and its greeting: validate.mjs URL VERSION PID. A service that has
// just been started gets ten seconds to listen; one that answers wrongly gets none. Another program that has the port
// would answer as well, so the process is asked for first.

const [url, expected, pid] = process.argv.slice(2);
const deadline = Date.now() + 10_000;

async function ask(path) {
  for (;;) {
    try {
      const answer = await fetch(url + path, { signal: AbortSignal.timeout(2_000) });
      return { status: answer.status, text: (await answer.text()).trim() };
    } catch (error) {
      if (Date.now() > deadline) fail(`${url}${path} does not answer: ${error.cause?.message ?? error.message}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

const answering = await ask('/process');
if (answering.text !== pid) fail(`${url} is answered by another program, not by process ${pid}, which ApplicationStart started: something else has the port. End it, or give hello-web another port.`);
const version = await ask('/version');
if (version.text !== expected) fail(`${url} serves version ${version.text}, but this bundle is ${expected}.`);
const greeting = await ask('/');
if (greeting.status !== 200) fail(`${url}/ answers ${greeting.status}: ${greeting.text}`);
console.log(`${url} serves version ${version.text} and says: ${greeting.text}`);
