/** What static/js/opening.js leaves for the modules. */
declare var opening: {
  address: string;
  protocol: string;
  socket: WebSocket;
  hello: { rev: number; link: string } | null;
  heard(): MessageEvent[];
  listening(): void;
  running(): void;
};
