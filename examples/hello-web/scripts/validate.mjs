// Asks a service for its version and its greeting: validate.mjs URL VERSION. A service that has just been started gets ten
// seconds to listen; one that answers wrongly gets none.

const [url, expected] = process.argv.slice(2);
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

const version = await ask('/version');
if (version.text !== expected) fail(`${url} serves version ${version.text}, but this bundle is ${expected}.`);
const greeting = await ask('/');
if (greeting.status !== 200) fail(`${url}/ answers ${greeting.status}: ${greeting.text}`);
console.log(`${url} serves version ${version.text} and says: ${greeting.text}`);
