# Receives Magic Hour's webhooks with Sinatra: verifies, answers, then works.
#
#     gem install sinatra puma
#     MAGIC_HOUR_WEBHOOK_SECRET=... ruby webhook.rb [PORT]

require "json"
require "openssl"
require "set"
require "sinatra"

TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 2 * 1024 * 1024
SECRET = ENV.fetch("MAGIC_HOUR_WEBHOOK_SECRET", "").strip
abort "MAGIC_HOUR_WEBHOOK_SECRET is not set" if SECRET.empty?

# Survives no restart and is not shared between processes: use a table with a unique key on (job id, type) in production.
HANDLED = Set.new
LOCK = Mutex.new
WORK = Queue.new

set :server, :puma
set :bind, "127.0.0.1"
set :port, Integer(ARGV.first || 8000)
set :environment, :production
# A tunnel has a name of its own.
set :host_authorization, { permitted_hosts: [] }

post "/webhook" do
  content_type :json
  # The bytes as they came: they were signed, not what a parser makes of them.
  body = request.body.read(MAX_BODY_BYTES + 1) || "".b
  refuse 413, "body too large" if body.bytesize > MAX_BODY_BYTES
  refuse 401, "wrong signature" unless authentic?(body)
  event = parse(body)
  refuse 400, "body is not an event" unless event
  # The same event may come again: it is answered alike, and handled once.
  WORK << event if LOCK.synchronize { HANDLED.add?([event["payload"]["id"], event["type"]]) }
  JSON.generate(success: true)
end

helpers do
  def refuse(status, message)
    halt status, JSON.generate(message: message)
  end

  def authentic?(body)
    signature = only("magic-hour-event-signature", /\A[0-9a-f]{64}\z/)
    timestamp = only("magic-hour-event-timestamp", /\A[0-9]{1,12}\z/)
    return false unless signature && timestamp
    return false if (Time.now.to_f - timestamp.to_i).abs > TOLERANCE_SECONDS

    expected = OpenSSL::HMAC.hexdigest("SHA256", SECRET, "#{timestamp}.".b + body.b)
    OpenSSL.fixed_length_secure_compare(expected, signature)
  end

  # The value of a header that must be there once and in its form. Rack joins repeated headers.
  def only(name, form)
    value = request.get_header("HTTP_#{name.upcase.tr("-", "_")}").to_s.b
    value if value.match?(form)
  end

  def parse(body)
    text = body.force_encoding(Encoding::UTF_8)
    event = JSON.parse(text) if text.valid_encoding?
    return unless event.is_a?(Hash) && event["type"].is_a?(String) && event["payload"].is_a?(Hash)

    event if event["payload"]["id"].is_a?(String)
  rescue JSON::ParserError
    nil
  end
end

# Your work, after the answer: Magic Hour waits 10 s for that, and no longer.
def handle(event)
  case event["type"].split(".")[1]
  when "completed" then puts "ready: #{(event["payload"]["downloads"] || []).map { |download| download["url"] }}"
  when "errored" then puts "failed: #{event["payload"]["error"]}"
  else puts "noted: #{event["type"]}" # Types that are new are no error either.
  end
end

Thread.new do
  loop do
    handle(WORK.pop)
  rescue StandardError => error
    warn error.full_message
  end
end
