// The kinds of notifiers: one file and one line here for each. Which one sends a notice follows from the trigger's target.

import type { Clock } from '../../world/clock.ts';
import type { Answer } from '../outgoing/ask.ts';
import { DeliveryTrouble, type Notice, type Notifier } from './notifier.ts';
import { isTopic, snsNotifier, type SnsSettings } from './sns.ts';
import { secretOf } from './secret.ts';
import { postSigned, webhookNotifier, type Webhook } from './webhook.ts';

export type NamedWebhook = Pick<Webhook, 'url' | 'secrets'>;

export interface NotifierSettings {
  readonly webhooks: {
    /** Sign what goes to addresses that triggers name themselves. */
    readonly secrets: readonly Uint8Array[];
    readonly named: ReadonlyMap<string, NamedWebhook>;
    readonly allowsInsecure: boolean;
    readonly ca: string | null;
  };
  /** Null: this controller does not speak to SNS. */
  readonly sns: SnsSettings | null;
}

export interface Notifiers extends Notifier {
  /** Why nothing can be a trigger's target that is written like this, or null. */
  whyNotTarget(target: string): string | null;
  /** Why no signed request may go to this address, or null. */
  whyNotWebhook(url: string): string | null;
  /** Asks whoever is there, and returns the answer if it says yes. Throws DeliveryTrouble. */
  post(question: SignedQuestion, signal: AbortSignal): Promise<Answer>;
}

export interface SignedQuestion extends Pick<Notice, 'id' | 'event' | 'text'> {
  readonly url: string;
  /** As its receiver knows it; null: the controller's own. */
  readonly secret: string | null;
}

interface Kind {
  /** Whether a target is written as one of this kind. */
  readonly takes: (target: string) => boolean;
  /** Why such a target is refused, or null. */
  readonly whyNot: (target: string) => string | null;
  readonly notifier: Notifier;
}

export function makeNotifiers(settings: NotifierSettings, clock: Pick<Clock, 'now'>): Notifiers {
  const kinds: readonly Kind[] = [sns(settings), webhook(settings, clock)];
  const kindOf = (target: string): Kind | undefined => kinds.find(({ takes }) => takes(target));
  return {
    whyNotTarget(target) {
      const kind = kindOf(target);
      // No words about a "Topic ARN" here: Terraform takes those for something to retry.
      return kind === undefined ? 'must be an SNS topic (arn:aws:sns:REGION:ACCOUNT:NAME), an https address, or webhook:NAME for one that the controller\'s configuration names' : kind.whyNot(target);
    },
    async send(notice, signal) {
      const kind = kindOf(notice.target);
      if (kind === undefined) throw new DeliveryTrouble(`${notice.target} is no target that this controller knows how to reach.`, false);
      return kind.notifier.send(notice, signal);
    },
    whyNotWebhook: (url) => (isUrl(url) ? whyNotUrl(new URL(url), settings.webhooks.allowsInsecure) : 'is no http address; write https://…'),
    async post({ url, secret, ...message }, signal) {
      const { secrets, allowsInsecure, ca } = settings.webhooks;
      const refusal = isUrl(url) ? whyNotUrl(new URL(url), allowsInsecure) : 'is no http address';
      if (refusal !== null) throw new DeliveryTrouble(`The address of the webhook ${refusal}.`);
      return postSigned({ url: new URL(url), secrets: secret === null ? secrets : [secretOf(secret)], mayBeThisHost: allowsInsecure }, message, signal, clock, ca === null ? undefined : [ca]);
    },
  };
}

function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && text.length <= 2048 && URL.canParse(text);
}

function whyNotUrl(url: URL, allowsInsecure: boolean): string | null {
  if (url.protocol === 'http:' && !allowsInsecure) return 'is a plain http address; use https';
  return url.username === '' && url.password === '' ? null : 'must not hold a user or password';
}

function sns({ sns: settings }: NotifierSettings): Kind {
  const notConfigured: Notifier = {
    send: () => Promise.reject(new DeliveryTrouble('This controller does not speak to SNS: give its configuration a section "sns:", or make the target of the trigger a webhook.', false)),
  };
  return { takes: isTopic, whyNot: () => null, notifier: settings === null ? notConfigured : snsNotifier(settings) };
}

function webhook({ webhooks }: NotifierSettings, clock: Pick<Clock, 'now'>): Kind {
  const whyNot = (target: string): string | null => {
    const name = nameIn(target);
    if (name !== null) return webhooks.named.has(name) ? null : `names webhook ${name}, which is not in the controller's configuration`;
    return whyNotUrl(new URL(target), webhooks.allowsInsecure);
  };
  const find = (target: string): Webhook => {
    const refusal = whyNot(target);
    if (refusal !== null) throw new DeliveryTrouble(`The target of the trigger ${refusal}.`, nameIn(target) !== null);
    const named = webhooks.named.get(nameIn(target) ?? '');
    return named === undefined ? { url: new URL(target), secrets: webhooks.secrets, mayBeThisHost: webhooks.allowsInsecure } : { ...named, mayBeThisHost: true };
  };
  return {
    takes: (target) => nameIn(target) !== null || isUrl(target),
    whyNot,
    notifier: webhookNotifier(find, clock, webhooks.ca === null ? undefined : [webhooks.ca]),
  };
}

function nameIn(target: string): string | null {
  return target.startsWith('webhook:') ? target.slice('webhook:'.length) : null;
}
