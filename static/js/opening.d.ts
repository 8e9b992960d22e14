/** What static/js/opening.js leaves for the modules. */
declare var opening: {
  address: string;
  protocol: string;
  socket: WebSocket;
  listening(): void;
  running(): void;
};
