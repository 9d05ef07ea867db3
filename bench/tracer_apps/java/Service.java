import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.AbstractHandler;

/** A service of the chain, whichever agent was loaded; arguments are its port and the next service's address. */
public class Service extends AbstractHandler {
    private final String following;

    Service(String following) {
        this.following = following;
    }

    public static void main(String[] arguments) throws Exception {
        Server server = new Server(
            java.net.InetSocketAddress.createUnresolved("127.0.0.1", Integer.parseInt(arguments[0])));
        server.setHandler(new Service(arguments.length > 1 ? arguments[1] : ""));
        server.start();
        server.join();
    }

    @Override
    public void handle(String target, Request base, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        base.setHandled(true);
        if (!following.isEmpty()) {
            HttpURLConnection next = (HttpURLConnection) URI.create(following + target).toURL().openConnection();
            response.setStatus(next.getResponseCode());
            return;
        }
        if (target.equals("/broken")) {
            throw new IllegalStateException("the last service is broken");
        }
        response.getWriter().print(target);
    }
}
