// A first-in-first-out queue that says no: when it is full, `offer` answers false and the caller must decide (close
// the session, refuse the request, drop and count). Nothing waits in it unseen, and memory stays bounded.

export class BoundedQueue<Item> {
  readonly capacity: number;
  #items: Item[] = [];
  /** Index of the oldest item: taking one does not move the others. */
  #head = 0;

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new Error(`A queue cannot hold ${capacity} items.`);
    this.capacity = capacity;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  get isFull(): boolean {
    return this.size >= this.capacity;
  }

  /** True when the item was taken in, false when the queue is full. */
  offer(item: Item): boolean {
    if (this.isFull) return false;
    this.#items.push(item);
    return true;
  }

  /** Removes and returns the oldest item; `{ kind: 'empty' }` is told apart from an item that is undefined. */
  take(): { readonly kind: 'item'; readonly item: Item } | { readonly kind: 'empty' } {
    if (this.size === 0) return { kind: 'empty' };
    const item = this.#items[this.#head] as Item;
    this.#items[this.#head] = undefined as Item;
    this.#head += 1;
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return { kind: 'item', item };
  }
}
