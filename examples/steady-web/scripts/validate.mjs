// validate.mjs URL VERSION PID SECONDS: waits so long at most until /healthz answers 200, then asks who answers: another program
// that has the port would do so as well.

const [url, expected, pid, seconds] = process.argv.slice(2);
const deadline = Date.now() + Number(seconds) * 1_000;

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

for (let last = ''; ; ) {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5_000) });
    if (answer.ok) break;
    last = `it answers ${answer.status}`;
  } catch (error) {
    last = error.cause?.message ?? error.message;
  }
  if (Date.now() > deadline) fail(`${url}/healthz is not ready after ${seconds} s: ${last}.`);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const who = await (await fetch(`${url}/who`, { signal: AbortSignal.timeout(5_000) })).json();
if (String(who.pid) !== pid) fail(`${url} is answered by process ${who.pid}, not by ${pid}, which ApplicationStart started.`);
if (who.version !== expected) fail(`${url} serves version ${who.version}, but this bundle is ${expected}.`);
console.log(`${url} is ready and serves version ${who.version}.`);
