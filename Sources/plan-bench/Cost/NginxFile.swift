/// nginx before the same servers: `plain` passes on, `mirroring` also sends what it passes on to
/// the target, and throws that answer away.
struct NginxFile {
    let folder: String
    let source: UInt16
    let target: UInt16
    var plain: UInt16 = 0
    var mirroring: UInt16 = 0

    var text: String {
        """
        daemon off;
        worker_processes 1;
        pid \(folder)/nginx.pid;
        error_log \(folder)/nginx-errors.log;
        events { worker_connections 1024; }
        http {
          access_log off;
          keepalive_requests 1000000;
          client_max_body_size 64m;
          client_body_buffer_size 1m;
          client_body_temp_path \(folder)/nginx-body;
          proxy_temp_path \(folder)/nginx-proxy;
          fastcgi_temp_path \(folder)/nginx-fastcgi;
          uwsgi_temp_path \(folder)/nginx-uwsgi;
          scgi_temp_path \(folder)/nginx-scgi;
          upstream source { server 127.0.0.1:\(source); keepalive 64; }
          upstream target { server 127.0.0.1:\(target); keepalive 64; }
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          server {
            listen 127.0.0.1:\(plain);
            location / { proxy_pass http://source; }
          }
          server {
            listen 127.0.0.1:\(mirroring);
            location / { mirror /mirror; proxy_pass http://source; }
            location = /mirror { internal; proxy_pass http://target$request_uri; }
          }
        }

        """
    }
}
