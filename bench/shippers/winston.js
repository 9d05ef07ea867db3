// Twenty lines of winston into the file of the first argument, every fifth an error.
const { createLogger, format, transports } = require("winston");
const logger = createLogger({
  level: "info",
  defaultMeta: { service: "winston", dd: { trace_id: "81985529216486895" } },
  format: format.combine(format.timestamp(), format.json()),
  transports: [new transports.File({ filename: process.argv[2] })],
});
for (let n = 0; n < 20; n++) logger.log({ level: n % 5 === 4 ? "error" : "info", message: `line ${n}`, n });
logger.end();
