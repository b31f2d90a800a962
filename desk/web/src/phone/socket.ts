/**
 * SipSocket is a WebSocket for JsSIP (its Socket interface). Other than JsSIP's own it can be given up at once, when the network has been
 * found dead before the WebSocket noticed, which may take minutes.
 */
export class SipSocket {
  via_transport: string;
  readonly sip_uri: string;
  onconnect: () => void = () => {};
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => {};
  ondata: (data: unknown) => void = () => {};

  private socket?: WebSocket;

  constructor(readonly url: string) {
    const address = new URL(url);
    this.via_transport = address.protocol === 'wss:' ? 'WSS' : 'WS';
    this.sip_uri = `sip:${address.host};transport=ws`;
  }

  connect(): void {
    if (this.isConnected() || this.isConnecting()) return;
    const socket = new WebSocket(this.url, 'sip');
    this.socket = socket;
    socket.onopen = () => this.onconnect();
    socket.onmessage = (message) => this.ondata(message.data);
    socket.onclose = (close) => {
      this.socket = undefined;
      this.ondisconnect(!close.wasClean, close.code, close.reason);
    };
  }

  disconnect(): void {
    const socket = this.release();
    socket?.close();
  }

  /** Gives the connection up and says so. */
  drop(): void {
    const socket = this.release();
    if (!socket) return;
    socket.close();
    this.ondisconnect(true, 1006, 'given up');
  }

  send(message: string): boolean {
    if (!this.isConnected()) return false;
    this.socket?.send(message);
    return true;
  }

  isConnected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.socket?.readyState === WebSocket.CONNECTING;
  }

  private release(): WebSocket | undefined {
    const socket = this.socket;
    this.socket = undefined;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket;
  }
}
