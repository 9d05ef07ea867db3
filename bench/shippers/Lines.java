// Twenty lines of Log4j 2 with its JSON layout, every fifth an error.
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.ThreadContext;

public class Lines {
    public static void main(String[] arguments) {
        Logger logger = LogManager.getLogger("lines");
        ThreadContext.put("dd.trace_id", "81985529216486895");
        for (int n = 0; n < 20; n++) {
            if (n % 5 == 4) logger.error("line " + n); else logger.info("line " + n);
        }
        LogManager.shutdown();
    }
}
