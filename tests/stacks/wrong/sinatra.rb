# The body was read for the parser: read again without a rewind, it is empty, and the HMAC covers the timestamp alone.

require "json"
require "openssl"
require "sinatra"

set :server, :puma
set :bind, "127.0.0.1"
set :port, Integer(ARGV.first)
set :environment, :production

post "/webhook" do
  content_type :json
  event = JSON.parse(request.body.read)
  timestamp = request.env["HTTP_MAGIC_HOUR_EVENT_TIMESTAMP"].to_s
  signature = request.env["HTTP_MAGIC_HOUR_EVENT_SIGNATURE"].to_s
  expected = OpenSSL::HMAC.hexdigest("SHA256", ENV.fetch("MAGIC_HOUR_WEBHOOK_SECRET"), "#{timestamp}.#{request.body.read}")
  fresh = timestamp.match?(/\A\d+\z/) && (Time.now.to_i - timestamp.to_i).abs <= 300
  halt 401, JSON.generate(message: "invalid signature") unless fresh && Rack::Utils.secure_compare(expected, signature)
  JSON.generate(success: true, type: event["type"])
rescue JSON::ParserError
  halt 400, JSON.generate(message: "invalid event")
end
