// Twenty lines of pino into the file of the first argument, every fifth an error.
const pino = require("pino");
const logger = pino(
  {
    base: { service: "pino", dd: { trace_id: "81985529216486895" } },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  },
  pino.destination({ dest: process.argv[2], sync: true }),
);
for (let n = 0; n < 20; n++) logger[n % 5 === 4 ? "error" : "info"]({ n }, `line ${n}`);
