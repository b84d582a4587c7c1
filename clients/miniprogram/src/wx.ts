/** The part of `wx` that the client uses. */
export interface Wx {
  request(options: {
    url: string;
    method: "POST";
    data: string;
    header: Record<string, string>;
    timeout: number;
    dataType: string;
    responseType: "text";
    success(answer: { statusCode: number; data: unknown; header: Record<string, unknown> }): void;
    fail(failure: { errMsg: string }): void;
  }): { abort(): void } | void;
  connectSocket(options: {
    url: string;
    protocols: string[];
    header: Record<string, string>;
    tcpNoDelay: boolean;
    fail(failure: { errMsg: string }): void;
  }): SocketTask | void;
  onAppShow?(call: () => void): void;
  onAppHide?(call: () => void): void;
  onNetworkStatusChange?(call: (status: { isConnected: boolean }) => void): void;
}

export interface SocketTask {
  onOpen(call: () => void): void;
  onMessage(call: (message: { data: unknown }) => void): void;
  onClose(call: (close: { code?: number; reason?: string }) => void): void;
  onError(call: (error: { errMsg: string }) => void): void;
  send(options: { data: string; fail(failure: { errMsg: string }): void }): void;
  close(options: { code: number; reason: string; fail(): void }): void;
}
