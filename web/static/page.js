"use strict";

const element = (id) => document.getElementById(id);
const MAX_MESSAGES = 200;
const STATE_WORDS = {
  stopped: "Desconectado",
  connecting: "Conectando",
  awaiting_scan: "Aguardando leitura do QR",
  awaiting_code: "Aguardando o código",
  connected: "Conectado",
  degraded: "Conectado, lento",
  reconnecting: "Reconectando",
  logged_out: "Desvinculado",
  banned: "Bloqueado pelo WhatsApp",
  replaced: "Substituído por outra conexão",
  client_outdated: "Precisa de atualização",
  failed: "Falhou",
};

let empresaId = "";
let events = null;

function show(id, isShown) {
  element(id).hidden = !isShown;
}

/** Nothing is known of the empresa yet, or nothing will be. */
function drawUnknown(sentence) {
  element("message").textContent = sentence;
  element("state").textContent = "";
  element("state").classList.remove("on");
  element("phone").textContent = "";
  delete document.body.dataset.state;
  show("connect", true);
  show("pair", true);
  for (const id of ["qr", "code", "expires"]) show(id, false);
}

function problem(sentence) {
  element("problem").textContent = sentence || "";
  show("problem", Boolean(sentence));
}

function drawStatus(status) {
  element("message").textContent = status.message;
  element("state").textContent = STATE_WORDS[status.state] || status.state;
  element("state").classList.toggle("on", status.connected);
  element("phone").textContent = status.phoneNumber || "";
  document.body.dataset.state = status.state;
  show("connect", !status.connected);
  show("pair", !status.connected);
  // A QR or a code is sent at once, its status only when it is stored: "connecting" may come late.
  const isPairing = status.state === "connecting" || status.state.startsWith("awaiting_");
  if (!isPairing || status.state === "awaiting_code") show("qr", false);
  if (!isPairing || status.state === "awaiting_scan") show("code", false);
  if (!isPairing) show("expires", false);
}

function drawExpiry(expiresAt) {
  const time = new Date(expiresAt).toLocaleTimeString("pt-BR");
  element("expires").textContent = `Vale até ${time}.`;
  show("expires", true);
}

function drawQr(event) {
  element("qr").src = event.data;
  show("qr", true);
  drawExpiry(event.expiresAt);
}

function drawCode(event) {
  element("code").textContent = event.data;
  show("code", true);
  drawExpiry(event.expiresAt);
}

function drawMessage(event) {
  const message = event.data;
  const item = document.createElement("li");
  const who = document.createElement("span");
  who.className = "who";
  who.textContent = message.fromMe
    ? "Loja"
    : message.sender.name || message.sender.phone || message.sender.lid || "?";
  const when = document.createElement("time");
  when.dateTime = message.timestamp;
  when.textContent = new Date(message.timestamp).toLocaleTimeString("pt-BR");
  const text = document.createElement("p");
  text.textContent = message.text || `(${message.type})`;
  item.append(who, when, text);
  element("messages").prepend(item);
  while (element("messages").childElementCount > MAX_MESSAGES) {
    element("messages").lastElementChild.remove();
  }
  show("nothing", false);
}

const DRAW = {
  status: (event) => drawStatus(event.data),
  qr: drawQr,
  pairing_code: drawCode,
  message: drawMessage,
};

function refused(error) {
  if (error.code === "unauthorized") {
    api.forgetToken();
    show("login", true);
    drawUnknown("Informe o token de acesso.");
    element("token").focus();
  }
  problem(error.error || error.message);
}

function turnedAway(error) {
  drawUnknown("Não foi possível abrir esta empresa.");
  refused(error);
}

function listen() {
  if (events) events.end();
  element("messages").replaceChildren();
  show("nothing", true);
  drawUnknown("Carregando…");
  problem("");
  events = new Events(empresaId, {
    event: (event) => {
      show("login", false);
      problem("");
      if (DRAW[event.type]) DRAW[event.type](event);
    },
    error: turnedAway,
    lost: () => problem("Sem contato com o servidor; tentando de novo…"),
  });
}

async function command(verb, body) {
  problem("");
  try {
    await api.post(`/api/bot/${verb}/${empresaId}`, body);
  } catch (error) {
    refused(error);
  }
}

function choose(id) {
  empresaId = id;
  element("empresa").value = id;
  const url = new URL(location.href);
  url.searchParams.set("empresa", id);
  history.replaceState(null, "", url);
  listen();
}

element("choose").addEventListener("submit", (event) => {
  event.preventDefault();
  choose(element("empresa").value.trim());
});
element("login").addEventListener("submit", (event) => {
  event.preventDefault();
  api.keepToken(element("token").value.trim());
  element("token").value = "";
  listen();
});
element("pair").addEventListener("submit", (event) => {
  event.preventDefault();
  command("connect", { phoneNumber: element("number").value.replace(/[\s().-]/g, "") });
});
for (const verb of ["connect", "disconnect", "restart"]) {
  element(verb).addEventListener("click", () => command(verb));
}
element("logout").addEventListener("click", () => {
  if (confirm("Desvincular o WhatsApp desta empresa? Será preciso escanear um novo QR code.")) {
    command("logout");
  }
});

choose(new URL(location.href).searchParams.get("empresa") || "1");
