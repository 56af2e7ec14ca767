"use strict";

// The calls and the WebSocket of one empresa; page.js draws what they bring.

const TOKEN_KEY = "vendeai.token";
const RETRY_MS = [500, 1000, 2000, 5000, 10000];

const api = {
  token: () => sessionStorage.getItem(TOKEN_KEY),
  keepToken: (token) => sessionStorage.setItem(TOKEN_KEY, token),
  forgetToken: () => sessionStorage.removeItem(TOKEN_KEY),

  /** POST; answers the JSON, or throws an Error with the server's sentence and `code`. */
  async post(path, body) {
    const headers = {};
    if (api.token()) headers.Authorization = `Bearer ${api.token()}`;
    if (body) headers["Content-Type"] = "application/json";
    const options = { method: "POST", headers, body: body && JSON.stringify(body) };
    let response, answer;
    try {
      response = await fetch(path, options);
      answer = await response.json();
    } catch {
      // The browser's own words are for developers, and in their language.
      throw new Error("Sem contato com o servidor. Tente de novo em alguns segundos.");
    }
    if (!response.ok) throw Object.assign(new Error(answer.error), { code: answer.code });
    return answer;
  },
};

/** The events of one empresa, reconnected for ever, without a gap: `since` is the last number. */
class Events {
  constructor(empresaId, handlers) {
    this.empresaId = empresaId;
    this.handlers = handlers;
    this.failures = 0;
    this.isOver = false;
    this.open();
  }

  open() {
    const url = new URL("/ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("empresa_id", this.empresaId);
    if (this.lastSeq !== undefined) {
      url.searchParams.set("since", this.lastSeq);
      if (this.ledgerId) url.searchParams.set("ledger", this.ledgerId);
    }
    const protocols = ["vendeai.v1"];
    if (api.token()) protocols.push(`bearer.${api.token()}`);
    this.socket = new WebSocket(url, protocols);
    this.socket.onmessage = (frame) => this.take(JSON.parse(frame.data));
    this.socket.onclose = (event) => this.closed(event);
  }

  take(event) {
    if (event.type === "error") {
      this.handlers.error(event.data);
      return;
    }
    this.failures = 0;
    if (event.ledgerId !== undefined) {
      // The opening snapshot is the truth: statuses up to its number, replayed, are history.
      this.snapshotSeq = event.lastSeq;
      if (this.lastSeq === undefined) this.lastSeq = event.lastSeq;
      if (event.ledgerId) this.ledgerId = event.ledgerId;
    } else if (event.type === "reset") {
      this.lastSeq = event.data.lastSeq;
      this.ledgerId = event.data.ledgerId;
    } else if (event.seq !== undefined) {
      this.lastSeq = event.seq;
      if (event.type === "status" && event.seq <= this.snapshotSeq) return;
    }
    this.handlers.event(event);
  }

  closed(event) {
    if (this.isOver) return;
    if (event.code === 1008) return;
    this.handlers.lost();
    const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
    this.timer = setTimeout(() => this.open(), wait);
  }

  end() {
    this.isOver = true;
    clearTimeout(this.timer);
    this.socket.close();
  }
}
