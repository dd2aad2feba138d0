// One address in front of several controllers: each new connection goes to whichever says that it is ready. What a load
// balancer with a health check does.

import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class FrontProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ports: number[] = [];
  readonly #looks: NodeJS.Timeout;
  #ready: number | null = null;

  private constructor() {
    this.#server = createServer((socket) => this.#pass(socket));
    this.#looks = setInterval(() => void this.#look(), 200);
  }

  static async open(): Promise<FrontProxy> {
    const proxy = new FrontProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(port: number): void {
    this.#ports.push(port);
  }

  async #look(): Promise<void> {
    const answers = await Promise.all(
      this.#ports.map((port) => fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(({ status }) => status === 200, () => false)),
    );
    this.#ready = this.#ports.find((_, index) => answers[index]) ?? null;
  }

  #pass(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket));
    if (this.#ready === null) return void socket.destroy();
    const far = connect(this.#ready, '127.0.0.1');
    far.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => far.destroy());
    socket.pipe(far).pipe(socket);
  }

  async close(): Promise<void> {
    clearInterval(this.#looks);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
