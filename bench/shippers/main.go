package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func main() {
	file, err := os.OpenFile(os.Args[1], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	config := zap.NewProductionEncoderConfig()
	config.TimeKey, config.EncodeTime = "timestamp", zapcore.RFC3339NanoTimeEncoder
	logger := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.AddSync(file), zap.DebugLevel))
	for i := 0; i < 20; i++ {
		entry := logger.With(zap.String("dd.trace_id", "81985529216486895"), zap.String("service", "go-zap"), zap.Int("n", i))
		if i%5 == 4 {
			entry.Error(fmt.Sprintf("line %d", i))
		} else {
			entry.Info(fmt.Sprintf("line %d", i))
		}
	}
	_ = logger.Sync()
	other, err := os.OpenFile(os.Args[2], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	plain := slog.New(slog.NewJSONHandler(other, nil)).With("service", "go-slog", "dd.trace_id", "81985529216486895")
	for i := 0; i < 20; i++ {
		level := slog.LevelInfo
		if i%5 == 4 {
			level = slog.LevelError
		}
		plain.Log(context.Background(), level, fmt.Sprintf("line %d", i), "n", i)
	}
}
