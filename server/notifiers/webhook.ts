// Notices by POST, signed as https://www.standardwebhooks.com says: webhook-id (the same over all attempts: the receiver's
// idempotency key), webhook-timestamp, and webhook-signature over both and the body, one for each secret that is in use, so
// that secrets can be exchanged without a gap. A redirect is an error: the notice goes where it was sent, or nowhere.

import { createHmac } from 'node:crypto';
import type { Clock } from '../../world/clock.ts';
import { ask, AskTrouble, type Answer } from '../outgoing/ask.ts';
import { refuseAddress } from '../outgoing/address-rule.ts';
import { DeliveryTrouble, type Notice, type Notifier } from './notifier.ts';

export interface Webhook {
  readonly url: URL;
  /** At least one; the newest first. */
  readonly secrets: readonly Uint8Array[];
  /** It may be at a loopback address. */
  readonly mayBeThisHost: boolean;
}

/** `find` is asked for each notice's target. Throws DeliveryTrouble where there is none. */
export function webhookNotifier(find: (target: string) => Webhook, clock: Pick<Clock, 'now'>, ca?: readonly string[]): Notifier {
  return {
    async send(notice, signal) {
      await postSigned(find(notice.target), notice, signal, clock, ca);
    },
  };
}

/** The answer, if it is one that says yes. Throws DeliveryTrouble. */
export async function postSigned({ url, secrets, mayBeThisHost }: Webhook, message: Pick<Notice, 'id' | 'event' | 'text'>, signal: AbortSignal, clock: Pick<Clock, 'now'>, ca?: readonly string[]): Promise<Answer> {
  const timestamp = String(Math.floor(clock.now() / 1000));
  const answer = await ask({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': message.id,
      'webhook-timestamp': timestamp,
      'webhook-signature': secrets.map((secret) => sign(secret, message, timestamp)).join(' '),
      'fairlead-event': message.event,
    },
    body: message.text,
    signal,
    mostBytes: 64 * 1024,
    refuseAddress: (address) => refuseAddress(address, mayBeThisHost),
    ...(ca === undefined ? {} : { ca }),
  }).catch((error: unknown) => {
    throw error instanceof AskTrouble ? new DeliveryTrouble(error.message) : error;
  });
  if (answer.status < 200 || answer.status > 299) throw refused(answer, url);
  return answer;
}

/** `v1,` and the base64 of HMAC-SHA256 over id, timestamp and body, with dots between. */
export function sign(secret: Uint8Array, { id, text }: Pick<Notice, 'id' | 'text'>, timestamp: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${text}`).digest('base64')}`;
}

/** The receiver has read these and will not change its mind about the very same bytes. */
const final: ReadonlySet<number> = new Set([400, 405, 410, 413, 415, 422]);

function refused({ status, headers }: Answer, url: URL): DeliveryTrouble {
  if (status >= 300 && status < 400) {
    const to = headers.location !== undefined && URL.canParse(headers.location, url.href) ? ` to ${new URL(headers.location, url).host}` : '';
    return new DeliveryTrouble(`${url.host} answered ${status}, a redirect${to}, which is not followed. Name the address that it leads to.`);
  }
  return new DeliveryTrouble(`${url.host} answered ${status}.`, !final.has(status));
}
