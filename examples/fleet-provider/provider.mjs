// A fleet provider: answers the signed requests of a Fairlead controller by running two commands of yours. No package is needed.
//
//   SECRET=… MAKE=./make.sh TAKE_AWAY=./take-away.sh STATE=/var/lib/fleet-provider PORT=4800 node provider.mjs
//
// MAKE gets DEPLOYMENT_ID and INSTANCE_COUNT, and makes so many instances that enrol with the tag fairlead-deployment=DEPLOYMENT_ID.
// It may be run again for a deployment for which it was cut short. With Terraform:
//   terraform apply -auto-approve -state="$DEPLOYMENT_ID.tfstate" -var deployment="$DEPLOYMENT_ID" -var instances="$INSTANCE_COUNT"
// TAKE_AWAY gets the names of the instances that are to go, and ends with 0 when they are gone or on their way. With an Auto Scaling group:
//   for id in "$@"; do aws autoscaling terminate-instance-in-auto-scaling-group --instance-id "$id" --should-decrement-desired-capacity; done

import { spawn } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const { SECRET = '', MAKE = '', TAKE_AWAY = '', STATE = 'state', PORT = '4800', HOST = '127.0.0.1' } = process.env;
const key = SECRET.startsWith('whsec_') ? Buffer.from(SECRET.slice(6), 'base64') : Buffer.from(SECRET);
if (key.length < 16) throw new Error('SECRET must be what fairlead fleet-provider put was given, of 16 bytes at least.');
mkdirSync(STATE, { recursive: true });

/** By request: what runs for it now. The controller repeats a request under one id until it is answered. */
const running = new Map();

function once(id, command, args, env) {
  const done = join(STATE, id.replace(/[^0-9a-z-]/gi, ''));
  if (existsSync(done)) return Promise.resolve(0);
  if (!running.has(id)) {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    const ended = new Promise((resolve) => child.once('error', () => resolve(1)).once('close', (status) => resolve(status ?? 1)));
    running.set(id, ended.then((status) => (status === 0 && writeFileSync(done, ''), running.delete(id), status)));
  }
  return running.get(id);
}

function isSigned({ headers }, body) {
  const { 'webhook-id': id = '', 'webhook-timestamp': at = '', 'webhook-signature': signatures = '' } = headers;
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`);
  const isRecent = Math.abs(Date.now() / 1000 - Number(at)) < 300;
  return isRecent && signatures.split(' ').some((one) => one.length === expected.length && timingSafeEqual(Buffer.from(one), expected));
}

createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  if (!isSigned(request, body)) return response.writeHead(401).end();
  const asked = JSON.parse(body);
  if (asked.request === 'provision') {
    // Machines take their time: the instances say by their tag that they are there.
    void once(asked.requestId, MAKE, [], { DEPLOYMENT_ID: asked.deploymentId, INSTANCE_COUNT: String(asked.instanceCount) });
    return response.writeHead(202).end();
  }
  const status = await once(asked.requestId, TAKE_AWAY, asked.instances.map(({ instanceName }) => instanceName), { DEPLOYMENT_ID: asked.deploymentId });
  return response.writeHead(status === 0 ? 200 : 500).end();
}).listen(Number(PORT), HOST, function () {
  console.log(`The fleet provider listens on http://${HOST}:${this.address().port}`);
});
